internal import CoreModel

/// The Ed25519 public keys whose point has an order of at most eight.
///
/// Under such a key (all zeros is one) signatures can be made without any private key, and OpenSSL accepts them.
enum SmallOrderPoint {
    /// The y coordinates, little endian without the sign bit, in all their encodings (RFC 8032 section 5.1.3 refuses
    /// those of p and more, some implementations do not).
    private static let coordinates: Set<String> = [
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    ]

    /// Whether the 32 bytes of a public key are one of them.
    static func contains(_ key: [UInt8]) -> Bool {
        var coordinate = key
        if let last = coordinate.indices.last { coordinate[last] &= 0x7F }
        return coordinates.contains(Hex.encode(coordinate))
    }
}

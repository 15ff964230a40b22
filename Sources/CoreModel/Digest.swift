/// A content digest as the OCI image spec writes it: `algorithm:lowercase-hex`, of the length the algorithm has.
package struct Digest: Hashable, Sendable, CustomStringConvertible, Comparable {
    /// The registered algorithms of the OCI image spec (descriptor.md, "Registered algorithms").
    package enum Algorithm: String, Hashable, Sendable, CaseIterable {
        case sha256, sha384, sha512

        /// The number of bytes in a digest of this algorithm.
        package var byteCount: Int {
            switch self {
            case .sha256: 32
            case .sha384: 48
            case .sha512: 64
            }
        }
    }

    package let algorithm: Algorithm
    /// Lower-case hexadecimal, exactly twice the algorithm's byte count.
    package let hex: String

    /// Takes the raw bytes of a finished hash; nil when their number is not the algorithm's.
    package init?(algorithm: Algorithm, bytes: some Collection<UInt8>) {
        guard bytes.count == algorithm.byteCount else { return nil }
        self.algorithm = algorithm
        hex = Hex.encode(bytes)
    }

    /// Parses `algorithm:hex`; nil for an unknown algorithm, a wrong length, upper case or any other character.
    package init?(_ text: some StringProtocol) {
        // By bytes, which are many times cheaper than characters.
        let bytes = Array(text.utf8)
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")),
            let algorithm = Algorithm(rawValue: String(decoding: bytes[..<colon], as: UTF8.self))
        else { return nil }
        let hex = bytes[(colon + 1)...]
        guard hex.count == algorithm.byteCount * 2, hex.allSatisfy(Hex.isLowercaseDigit) else { return nil }
        self.algorithm = algorithm
        self.hex = String(decoding: hex, as: UTF8.self)
    }

    package var description: String { "\(algorithm.rawValue):\(hex)" }

    /// The first twelve characters of the hexadecimal form, for tables and progress lines.
    package var short: String { String(hex.prefix(12)) }

    package static func < (left: Digest, right: Digest) -> Bool { left.description < right.description }
}

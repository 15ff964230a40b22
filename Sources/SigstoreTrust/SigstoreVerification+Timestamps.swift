internal import SignatureCrypto

extension SigstoreVerification {
    /// The time of a timestamp (an RFC 3161 response) that an authority of the root made for this signature.
    /// - Throws: `SigstoreProblem`; `CryptoError` when something cannot be checked.
    func stampedTime(_ response: [UInt8]) throws -> Int64 {
        guard !root.timestampAuthorities.isEmpty else {
            throw SigstoreProblem("the trusted root names no timestamping authority")
        }
        return try refusing("its timestamp") {
            let token = try TimestampResponse(der: response).token
            let authorities = root.timestampAuthorities.filter { $0.window.contains(token.time) }
            guard !authorities.isEmpty else {
                throw SigstoreProblem("its timestamp was made when no authority of the trusted root was in use")
            }
            return try token.verify(
                of: content.stampedBytes,
                intermediates: authorities.flatMap(\.intermediates),
                roots: authorities.map(\.root)
            )
            .time.seconds
        }
    }
}

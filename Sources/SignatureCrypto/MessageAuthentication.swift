internal import COpenSSL

/// HMAC with SHA-256 (RFC 2104, FIPS 198-1).
package enum MessageAuthentication {
    /// The 32 bytes that only a holder of the key can compute for the message.
    /// - Throws: `CryptoError.engine` when OpenSSL fails.
    package static func sha256(_ message: [UInt8], key: [UInt8]) throws -> [UInt8] {
        var code = [UInt8](repeating: 0, count: 32)
        var count = 0
        // An empty key is a key, but OpenSSL takes a null pointer for none.
        let padded = key.isEmpty ? [0] : key
        let result = unsafe EVP_Q_mac(
            nil,
            "HMAC",
            nil,
            "SHA256",
            nil,
            padded,
            padded.count,
            message,
            message.count,
            &code,
            code.count,
            &count
        )
        guard unsafe result != nil, count == code.count else {
            throw CryptoError.engine("A message authentication code could not be computed")
        }
        return code
    }

    /// Whether two codes are the same, in a time that tells nothing of where they differ.
    package static func areEqual(_ code: [UInt8], _ other: [UInt8]) -> Bool {
        guard code.count == other.count else { return false }
        return unsafe CRYPTO_memcmp(code, other, code.count) == 0
    }
}

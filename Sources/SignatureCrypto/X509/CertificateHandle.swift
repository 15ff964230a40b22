internal import COpenSSL

/// Owns a certificate in OpenSSL's form, decoded once: most of that is the decoding of its key.
///
/// `@unchecked Sendable`: the certificate is never changed after `init`; what OpenSSL works out about it on first use
/// is guarded by the certificate's own lock, and its reference count is atomic (openssl-threads(7)).
@safe final class CertificateHandle: @unchecked Sendable {
    private let certificate: OpaquePointer

    /// Nil for what OpenSSL does not read as exactly one certificate.
    init?(der: [UInt8]) {
        defer { ERR_clear_error() }
        let decoded = unsafe der.withUnsafeBufferPointer { bytes -> OpaquePointer? in
            var position = bytes.baseAddress
            guard let certificate = unsafe d2i_X509(nil, &position, bytes.count) else { return nil }
            if let start = bytes.baseAddress, unsafe position == start + bytes.count { return unsafe certificate }
            unsafe X509_free(certificate)
            return nil
        }
        guard let decoded = unsafe decoded else { return nil }
        unsafe certificate = unsafe decoded
    }

    deinit { unsafe X509_free(certificate) }

    /// The certificate's key, judged by the rules for keys.
    /// - Throws: `CryptoError.invalidKey`; `subject` starts its sentence.
    func key(subject: String) throws -> KeyHandle {
        defer { ERR_clear_error() }
        guard let key = unsafe X509_get_pubkey(certificate) else {
            throw CryptoError(.invalidKey, "\(subject) cannot be decoded; export it again in PEM form")
        }
        return try unsafe KeyHandle(owning: key, hasPrivateHalf: false, subject: subject)
    }

    /// Lends the certificate for the time of the call.
    func withCertificate<Result>(_ body: (OpaquePointer) throws -> Result) rethrows -> Result {
        try unsafe body(certificate)
    }
}

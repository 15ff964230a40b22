internal import COpenSSL
internal import CoreModel

/// Signatures whose scheme is said: no other is tried.
extension KeyHandle {
    /// Whether the key made the signature over the message by this scheme. A scheme for another kind of key gives a
    /// false one.
    /// - Throws: `CryptoError.engine` when OpenSSL cannot check at all, `EvidenceProblem.unsupportedAlgorithm` for
    ///   Ed25519ph before OpenSSL 3.2.
    func verify(_ signature: [UInt8], _ message: [UInt8], by scheme: SignatureScheme) throws -> Bool {
        guard scheme.fits(kind), !signature.isEmpty else { return false }
        return try unsafe withContext(scheme, "A signature cannot be checked", EVP_DigestVerifyInit_ex) { context in
            unsafe EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
        }
    }

    /// The same for a message of which only the digest is known.
    func verify(_ signature: [UInt8], digest: [UInt8], by scheme: SignatureScheme) throws -> Bool {
        guard scheme.fits(kind), !signature.isEmpty, let hash = scheme.digestAlgorithm, digest.count == hash.byteCount
        else { return false }
        guard scheme != .ed25519ph else {
            throw EvidenceProblem(.unsupportedAlgorithm, "an Ed25519ph signature needs the message and not its digest")
        }
        return try unsafe withKey { key in
            guard let context = unsafe EVP_PKEY_CTX_new_from_pkey(nil, key, nil) else {
                throw CryptoError.engine("A signature cannot be checked")
            }
            defer {
                unsafe EVP_PKEY_CTX_free(context)
                ERR_clear_error()
            }
            guard unsafe EVP_PKEY_verify_init(context) == 1, unsafe Self.pad(context, scheme),
                unsafe scheme == .ed25519 || EVP_PKEY_CTX_set_signature_md(context, hash.method) == 1
            else { throw CryptoError.engine("A signature cannot be checked with an \(kind) key") }
            return unsafe EVP_PKEY_verify(context, signature, signature.count, digest, digest.count) == 1
        }
    }

    /// A signature over the message by this scheme.
    /// - Throws: `CryptoError.invalidKey` for a scheme of another kind of key; `.engine` when OpenSSL fails.
    func sign(_ message: [UInt8], by scheme: SignatureScheme) throws -> [UInt8] {
        guard scheme.fits(kind) else {
            throw CryptoError(.invalidKey, "The signing key is \(kind) and cannot sign with \(scheme); use another key")
        }
        return try unsafe withContext(scheme, "A message cannot be signed", EVP_DigestSignInit_ex) { context in
            var count = 0
            guard unsafe EVP_DigestSign(context, nil, &count, message, message.count) == 1 else {
                throw CryptoError.engine("A message cannot be signed with an \(kind) key")
            }
            var signature = [UInt8](repeating: 0, count: count)
            guard unsafe EVP_DigestSign(context, &signature, &count, message, message.count) == 1 else {
                throw CryptoError.engine("A message cannot be signed with an \(kind) key")
            }
            return Array(signature.prefix(count))
        }
    }

    private typealias Start = (
        OpaquePointer?, UnsafeMutablePointer<OpaquePointer?>?, UnsafePointer<CChar>?, OpaquePointer?,
        UnsafePointer<CChar>?, OpaquePointer?, UnsafePointer<OSSL_PARAM>?
    ) -> CInt

    private func withContext<Result>(
        _ scheme: SignatureScheme,
        _ failure: String,
        _ start: Start,
        _ body: (OpaquePointer) throws -> Result
    ) throws -> Result {
        guard scheme != .ed25519ph || OpenSSL_version_num() >= Self.prehashedEdwardsVersion else {
            throw EvidenceProblem(.unsupportedAlgorithm, "the signature is Ed25519ph, which needs OpenSSL 3.2 or later")
        }
        guard let context = unsafe EVP_MD_CTX_new() else { throw CryptoError.engine(failure) }
        defer {
            unsafe EVP_MD_CTX_free(context)
            ERR_clear_error()
        }
        let name: UnsafePointer<CChar>? =
            switch scheme {
            case .ed25519, .ed25519ph: nil
            case .ecdsa(let hash), .rsaPKCS1(let hash), .rsaPSS(let hash): unsafe EVP_MD_get0_name(hash.method)
            }
        return try unsafe withKey { key in
            var inner: OpaquePointer?
            let parameters = unsafe scheme == .ed25519ph ? [sluice_ed25519ph(), OSSL_PARAM_construct_end()] : []
            let started =
                unsafe parameters.isEmpty
                ? start(context, &inner, name, nil, nil, key, nil)
                : start(context, &inner, name, nil, nil, key, parameters)
            guard started == 1, unsafe Self.pad(inner, scheme) else {
                throw CryptoError.engine("\(failure) with an \(kind) key")
            }
            return try unsafe body(context)
        }
    }

    /// Before it, the parameter that asks for the prehashed instance is ignored and the pure one is computed.
    private static let prehashedEdwardsVersion: UInt = 0x3020_0000

    private static func pad(_ context: OpaquePointer?, _ scheme: SignatureScheme) -> Bool {
        switch scheme {
        case .ecdsa, .ed25519, .ed25519ph: return true
        case .rsaPKCS1: return unsafe EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1
        case .rsaPSS:
            return unsafe EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1
                && EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1
        }
    }
}

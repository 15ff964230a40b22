internal import COpenSSL
internal import CoreModel

/// OpenSSL's own path validation over a path that passed ours: a second opinion that has to agree on everything but the
/// signatures, each of which OpenSSL has checked when the path was looked for.
struct ChainJudge {
    let rules: ChainRules

    /// - Throws: `EvidenceProblem.chainRefused` with OpenSSL's words; `CryptoError.engine` when it cannot judge.
    func confirm(_ certificates: [Certificate]) throws {
        defer { ERR_clear_error() }
        let stack = try CertificateStack(certificates.dropFirst().dropLast())
        let trusted = try CertificateStack(certificates.suffix(1))
        let leaf = try CertificateStack(certificates.prefix(1))
        guard let context = unsafe X509_STORE_CTX_new(), let store = unsafe X509_STORE_new() else {
            throw CryptoError.engine("A certificate chain cannot be checked")
        }
        defer {
            unsafe X509_STORE_CTX_free(context)
            unsafe X509_STORE_free(store)
        }
        guard unsafe X509_STORE_CTX_init(context, store, leaf.all.first, stack.pointer) == 1 else {
            throw CryptoError.engine("A certificate chain cannot be checked")
        }
        unsafe X509_STORE_CTX_set0_trusted_stack(context, trusted.pointer)
        let parameters = unsafe X509_STORE_CTX_get0_param(context)
        unsafe X509_VERIFY_PARAM_set_flags(parameters, flags)
        unsafe X509_VERIFY_PARAM_set_depth(parameters, CInt(clamping: rules.maximumLength))
        // The last step, which would check signatures and times again: on P-384 that is most of a verification.
        unsafe X509_STORE_CTX_set_verify(context) { _ in 1 }
        let verdict = unsafe X509_verify_cert(context)
        if verdict == 1 {
            // On another path nobody has checked the signatures.
            let path = unsafe certificates.count == 1 ? leaf.all : leaf.all + stack.all + trusted.all
            let found = unsafe CertificateStack.all(X509_STORE_CTX_get0_chain(context))
            guard unsafe path.elementsEqual(found, by: { unsafe X509_cmp($0, $1) == 0 }) else {
                throw refused(certificates[0], "OpenSSL finds another path through it")
            }
            return
        }
        let code = unsafe X509_STORE_CTX_get_error(context)
        guard verdict == 0, code != X509_V_ERR_OUT_OF_MEM else {
            throw CryptoError.engine("A certificate chain cannot be checked")
        }
        let words =
            unsafe X509_verify_cert_error_string(Int(code)).map { unsafe String(cString: $0) } ?? "error \(code)"
        throw refused(certificates[0], words)
    }

    private func refused(_ leaf: Certificate, _ words: String) -> EvidenceProblem {
        EvidenceProblem(.chainRefused, "the certificate chain of \"\(leaf)\" is refused: \(words)")
    }

    /// Every root is an end, whether it signed itself or not. Validity is judged by us alone: OpenSSL takes a
    /// certificate as expired during its last second, against RFC 5280 section 4.1.2.5.
    private var flags: UInt {
        var flags = UInt(X509_V_FLAG_PARTIAL_CHAIN) | UInt(X509_V_FLAG_NO_CHECK_TIME)
        // Ours were checked one by one; OpenSSL cannot be told a list.
        if !rules.understoodExtensions.isEmpty { flags |= UInt(X509_V_FLAG_IGNORE_CRITICAL) }
        return flags
    }
}

/// Owns a list of certificates in OpenSSL's form.
@safe final class CertificateStack {
    let pointer: OpaquePointer

    init(_ certificates: some Sequence<Certificate>) throws {
        guard let pointer = unsafe sluice_certificates_new() else {
            throw CryptoError.engine("A certificate chain cannot be checked")
        }
        unsafe self.pointer = unsafe pointer
        for certificate in certificates {
            try unsafe certificate.handle.withCertificate { certificate in
                guard unsafe X509_up_ref(certificate) == 1 else {
                    throw CryptoError.engine("A certificate chain cannot be checked")
                }
                guard unsafe sluice_certificates_push(pointer, certificate) > 0 else {
                    unsafe X509_free(certificate)
                    throw CryptoError.engine("A certificate chain cannot be checked")
                }
            }
        }
    }

    deinit { unsafe sluice_certificates_free(pointer) }

    /// The certificates in their order, owned by the stack.
    var all: [OpaquePointer] { unsafe Self.all(pointer) }

    /// The certificates of any stack.
    static func all(_ stack: OpaquePointer?) -> [OpaquePointer] {
        unsafe (0..<max(0, sluice_certificates_count(stack))).compactMap { unsafe sluice_certificates_at(stack, $0) }
    }
}

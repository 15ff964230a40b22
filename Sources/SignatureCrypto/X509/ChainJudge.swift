internal import COpenSSL
internal import CoreModel

/// OpenSSL's own path validation over a path that passed ours: a second opinion that has to agree.
struct ChainJudge {
    let rules: ChainRules

    /// - Throws: `EvidenceProblem.chainRefused` with OpenSSL's words; `CryptoError.engine` when it cannot judge.
    func confirm(_ certificates: [Certificate]) throws {
        defer { ERR_clear_error() }
        let stack = try CertificateStack(certificates.dropFirst().dropLast().map(\.der))
        let trusted = try CertificateStack([certificates[certificates.count - 1].der])
        let leaf = try CertificateStack([certificates[0].der])
        guard let context = unsafe X509_STORE_CTX_new(), let store = unsafe X509_STORE_new() else {
            throw CryptoError.engine("A certificate chain cannot be checked")
        }
        defer {
            unsafe X509_STORE_CTX_free(context)
            unsafe X509_STORE_free(store)
        }
        guard unsafe X509_STORE_CTX_init(context, store, leaf.first, stack.pointer) == 1 else {
            throw CryptoError.engine("A certificate chain cannot be checked")
        }
        unsafe X509_STORE_CTX_set0_trusted_stack(context, trusted.pointer)
        let parameters = unsafe X509_STORE_CTX_get0_param(context)
        unsafe X509_VERIFY_PARAM_set_flags(parameters, flags)
        unsafe X509_VERIFY_PARAM_set_depth(parameters, CInt(clamping: rules.maximumLength))
        let verdict = unsafe X509_verify_cert(context)
        guard verdict != 1 else { return }
        let code = unsafe X509_STORE_CTX_get_error(context)
        guard verdict == 0, code != X509_V_ERR_OUT_OF_MEM else {
            throw CryptoError.engine("A certificate chain cannot be checked")
        }
        let words =
            unsafe X509_verify_cert_error_string(Int(code)).map { unsafe String(cString: $0) } ?? "error \(code)"
        throw EvidenceProblem(.chainRefused, "the certificate chain of \"\(certificates[0])\" is refused: \(words)")
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

/// Owns certificates in OpenSSL's form.
@safe final class CertificateStack {
    let pointer: OpaquePointer
    /// The first one, owned by the stack.
    private(set) var first: OpaquePointer?

    init(_ ders: [[UInt8]]) throws {
        guard let pointer = unsafe sluice_certificates_new() else {
            throw CryptoError.engine("A certificate chain cannot be checked")
        }
        unsafe self.pointer = unsafe pointer
        for der in ders {
            let certificate = unsafe der.withUnsafeBufferPointer { bytes in
                var position = bytes.baseAddress
                return unsafe d2i_X509(nil, &position, bytes.count)
            }
            guard let certificate = unsafe certificate else {
                throw EvidenceProblem(.chainRefused, "a certificate of the chain cannot be read by OpenSSL")
            }
            guard unsafe sluice_certificates_push(pointer, certificate) > 0 else {
                unsafe X509_free(certificate)
                throw CryptoError.engine("A certificate chain cannot be checked")
            }
            if unsafe first == nil { unsafe first = unsafe certificate }
        }
    }

    deinit { unsafe sluice_certificates_free(pointer) }
}

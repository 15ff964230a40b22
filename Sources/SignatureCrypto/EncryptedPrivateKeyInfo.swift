internal import COpenSSL

/// A private key in PKCS#8's encrypted form, as `openssl pkcs8 -topk8` writes it (RFC 5958, RFC 8018).
///
/// OpenSSL wipes what it decrypts when the decrypted form is freed.
enum EncryptedPrivateKeyInfo {
    /// The most rounds of PBKDF2; OpenSSL writes 2,048, careful people a million.
    static let iterationLimit = 10_000_000

    /// - Throws: `CryptoError.invalidKey` for bytes that are not exactly one such key, for an old or too costly
    ///   protection, and for the wrong password; `subject` starts its sentence.
    static func open(_ der: [UInt8], password: SecretBytes, subject: String) throws -> KeyHandle {
        defer { ERR_clear_error() }
        let box = try unsafe decode(der, subject)
        defer { unsafe X509_SIG_free(box) }
        try unsafe checkProtection(of: box, subject)
        let info = unsafe password.withBytes { password in
            let text = unsafe password.baseAddress?.assumingMemoryBound(to: CChar.self)
            return unsafe PKCS8_decrypt(box, text, CInt(clamping: password.count))
        }
        guard let info = unsafe info else {
            throw CryptoError(.invalidKey, "\(subject) cannot be decrypted; give the password that belongs to it")
        }
        defer { unsafe PKCS8_PRIV_KEY_INFO_free(info) }
        guard let key = unsafe EVP_PKCS82PKEY(info) else {
            throw CryptoError(.invalidKey, "\(subject) holds no private key once it is decrypted; export it again")
        }
        return try unsafe KeyHandle(owning: key, hasPrivateHalf: true, subject: subject)
    }

    private static func decode(_ der: [UInt8], _ subject: String) throws -> OpaquePointer {
        let (box, isWhole) = unsafe der.withUnsafeBufferPointer { bytes in
            var position = bytes.baseAddress
            let end = unsafe position.map { unsafe $0 + bytes.count }
            let box = unsafe d2i_X509_SIG(nil, &position, bytes.count)
            return unsafe (box, position == end)
        }
        guard let box = unsafe box else {
            throw CryptoError(.invalidKey, "\(subject) cannot be decoded; export it again in PEM form")
        }
        guard isWhole else {
            unsafe X509_SIG_free(box)
            throw CryptoError(.invalidKey, "\(subject) has bytes after its end; export it again")
        }
        return unsafe box
    }

    /// Lets PBES2 with PBKDF2 in bounds pass, and with scrypt, which OpenSSL itself keeps to 32 MiB.
    private static func checkProtection(of box: OpaquePointer, _ subject: String) throws {
        var algorithm: UnsafePointer<X509_ALGOR>?
        unsafe X509_SIG_get0(box, &algorithm, nil)
        guard let scheme = unsafe sequence(algorithm, NID_pbes2),
            let parameters = unsafe decoded(scheme, d2i_PBE2PARAM)
        else {
            throw CryptoError(
                .invalidKey,
                "\(subject) is protected by an old scheme; protect it again with 'openssl pkcs8 -topk8'"
            )
        }
        defer { unsafe PBE2PARAM_free(parameters) }
        let derivation = unsafe UnsafePointer(parameters.pointee.keyfunc)
        if unsafe sequence(derivation, NID_id_scrypt) != nil { return }
        guard let scheme = unsafe sequence(derivation, NID_id_pbkdf2),
            let parameters = unsafe decoded(scheme, d2i_PBKDF2PARAM)
        else {
            throw CryptoError(
                .invalidKey,
                "\(subject) derives its key in an unknown way; protect it again with 'openssl pkcs8 -topk8'"
            )
        }
        defer { unsafe PBKDF2PARAM_free(parameters) }
        let iterations = unsafe ASN1_INTEGER_get(parameters.pointee.iter)
        guard (1...iterationLimit).contains(iterations) else {
            throw CryptoError(
                .invalidKey,
                "\(subject) is protected by more than \(iterationLimit) rounds of PBKDF2; protect it again with fewer"
            )
        }
    }

    /// The parameters of an algorithm, which have to be a sequence, where it is the one asked for.
    private static func sequence(_ algorithm: UnsafePointer<X509_ALGOR>?, _ nid: CInt) -> UnsafePointer<ASN1_STRING>? {
        var object: OpaquePointer?
        var type: CInt = 0
        var value: UnsafeRawPointer?
        unsafe X509_ALGOR_get0(&object, &type, &value, algorithm)
        guard unsafe OBJ_obj2nid(object) == nid, type == V_ASN1_SEQUENCE else { return nil }
        return unsafe value?.assumingMemoryBound(to: ASN1_STRING.self)
    }

    private static func decoded<Result>(
        _ value: UnsafePointer<ASN1_STRING>,
        _ decode: (
            UnsafeMutablePointer<UnsafeMutablePointer<Result>?>?, UnsafeMutablePointer<UnsafePointer<UInt8>?>?, Int
        )
            -> UnsafeMutablePointer<Result>?
    ) -> UnsafeMutablePointer<Result>? {
        var position = unsafe ASN1_STRING_get0_data(value)
        return unsafe decode(nil, &position, Int(ASN1_STRING_length(value)))
    }
}

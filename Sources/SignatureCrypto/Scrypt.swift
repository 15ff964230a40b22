internal import COpenSSL

/// The password-based key derivation of RFC 7914, with a cost that its inputs cannot raise beyond reason.
package struct Scrypt: Hashable, Sendable {
    /// The most memory that a derivation may take, in bytes; cosign's keys take 64 MiB.
    package static let memoryLimit = 256 << 20
    /// The most times that this memory may be gone through.
    package static let parallelizationLimit = 16
    package static let saltLengths = 8...1024

    private let cost: UInt64
    private let blockSize: UInt64
    private let parallelization: UInt64
    private let salt: [UInt8]

    /// - Throws: `CryptoError.invalidKey` for parameters that RFC 7914 does not allow or that ask for too much.
    package init(cost: Int64, blockSize: Int64, parallelization: Int64, salt: [UInt8]) throws {
        let limit = Int64(Self.memoryLimit)
        guard (2...limit).contains(cost), cost & (cost - 1) == 0, (1...limit).contains(blockSize),
            (1...Int64(Self.parallelizationLimit)).contains(parallelization)
        else { throw Self.refusal("N \(cost), r \(blockSize), p \(parallelization)") }
        let (blocks, overflow) = cost.multipliedReportingOverflow(by: blockSize)
        guard !overflow, blocks <= limit / 128 else {
            throw Self.refusal("N \(cost), r \(blockSize), p \(parallelization)")
        }
        guard Self.saltLengths.contains(salt.count) else { throw Self.refusal("a salt of \(salt.count) bytes") }
        self.cost = UInt64(cost)
        self.blockSize = UInt64(blockSize)
        self.parallelization = UInt64(parallelization)
        self.salt = salt
    }

    /// A key of `count` bytes.
    /// - Throws: `CryptoError.engine` when OpenSSL cannot derive it.
    package func key(from password: SecretBytes, count: Int) throws -> SecretBytes {
        guard let algorithm = unsafe EVP_KDF_fetch(nil, "SCRYPT", nil), let context = unsafe EVP_KDF_CTX_new(algorithm)
        else { throw CryptoError.engine("A key cannot be derived from a password by scrypt") }
        defer {
            unsafe EVP_KDF_CTX_free(context)
            unsafe EVP_KDF_free(algorithm)
        }
        return try unsafe SecretBytes(count: count) { target in
            guard unsafe derive(context, password, into: target) == 1 else {
                throw CryptoError.engine("A key cannot be derived from a password by scrypt")
            }
        }
    }

    private func derive(
        _ context: OpaquePointer,
        _ password: SecretBytes,
        into target: UnsafeMutableRawBufferPointer
    ) -> CInt {
        var numbers = [cost, blockSize, parallelization, UInt64(Self.memoryLimit) * 2]
        let names = unsafe [
            sluice_kdf_scrypt_n, sluice_kdf_scrypt_r, sluice_kdf_scrypt_p, sluice_kdf_scrypt_maxmem,
        ]
        var salt = salt
        return unsafe numbers.withUnsafeMutableBufferPointer { numbers in
            unsafe salt.withUnsafeMutableBytes { salt in
                unsafe password.withBytes { password in
                    // OpenSSL only reads the password, whatever the type of its pointer says.
                    let secret = unsafe UnsafeMutableRawPointer(mutating: password.baseAddress)
                    var parameters = unsafe [
                        OSSL_PARAM_construct_octet_string(sluice_kdf_password, secret, password.count),
                        OSSL_PARAM_construct_octet_string(sluice_kdf_salt, salt.baseAddress, salt.count),
                    ]
                    for index in 0..<numbers.count {
                        let number = unsafe numbers.baseAddress.map { unsafe $0 + index }
                        unsafe parameters.append(OSSL_PARAM_construct_uint64(names[index], number))
                    }
                    unsafe parameters.append(OSSL_PARAM_construct_end())
                    return unsafe EVP_KDF_derive(context, target.baseAddress, target.count, &parameters)
                }
            }
        }
    }

    private static func refusal(_ what: String) -> CryptoError {
        CryptoError(
            .invalidKey,
            "The password protection by scrypt has \(what), which is not allowed or takes more than "
                + "\(memoryLimit >> 20) MiB; protect the key again with cosign's own parameters"
        )
    }
}

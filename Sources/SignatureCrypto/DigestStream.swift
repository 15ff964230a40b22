internal import COpenSSL
package import CoreModel

/// A digest that is computed piece by piece while bytes pass by.
///
/// Not for sharing between tasks at the same time; it may move from one to the next.
package final class DigestStream {
    private let algorithm: Digest.Algorithm
    private var state = sluice_digest()
    /// The number of bytes seen so far.
    package private(set) var byteCount: Int64 = 0

    /// - Throws: `CryptoError.engine` when OpenSSL fails.
    package init(_ algorithm: Digest.Algorithm = .sha256) throws {
        self.algorithm = algorithm
        let begun =
            switch algorithm {
            case .sha256: unsafe sluice_sha256_begin(&state)
            case .sha384: unsafe sluice_sha384_begin(&state)
            case .sha512: unsafe sluice_sha512_begin(&state)
            }
        guard begun == 1 else { throw CryptoError.engine("A digest could not be started") }
    }

    /// Takes the next bytes.
    package func update(_ bytes: some Sequence<UInt8>) {
        let done: Void? = bytes.withContiguousStorageIfAvailable { unsafe update(UnsafeRawBufferPointer($0)) }
        if done == nil { unsafe Array(bytes).withUnsafeBytes { unsafe update($0) } }
    }

    /// Takes the next bytes where they lie.
    package func update(_ bytes: UnsafeRawBufferPointer) {
        guard let start = bytes.baseAddress else { return }
        switch algorithm {
        case .sha256: _ = unsafe sluice_sha256_take(&state, start, bytes.count)
        case .sha384, .sha512: _ = unsafe sluice_sha512_take(&state, start, bytes.count)
        }
        byteCount += Int64(bytes.count)
    }

    /// The digest of everything taken; the stream is used up afterwards.
    /// - Throws: `CryptoError.engine` when OpenSSL fails.
    package func finish() throws -> Digest {
        var bytes = [UInt8](repeating: 0, count: algorithm.byteCount)
        let ended =
            switch algorithm {
            case .sha256: unsafe sluice_sha256_end(&state, &bytes)
            case .sha384, .sha512: unsafe sluice_sha512_end(&state, &bytes)
            }
        guard ended == 1, let digest = Digest(algorithm: algorithm, bytes: bytes) else {
            throw CryptoError.engine("A digest could not be finished")
        }
        return digest
    }
}

extension Digest {
    /// The digest of bytes in memory.
    /// - Throws: `CryptoError.engine` when OpenSSL fails.
    package static func of(_ bytes: some Sequence<UInt8>, _ algorithm: Algorithm = .sha256) throws -> Digest {
        let stream = try DigestStream(algorithm)
        stream.update(bytes)
        return try stream.finish()
    }
}

extension Digest.Algorithm {
    /// OpenSSL's own static method; never freed.
    var method: OpaquePointer? {
        switch self {
        case .sha256: unsafe EVP_sha256()
        case .sha384: unsafe EVP_sha384()
        case .sha512: unsafe EVP_sha512()
        }
    }
}

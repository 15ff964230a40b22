package import CoreModel
package import SafeFiles
internal import SignatureCrypto
internal import Synchronization

/// What a blob has to be, as the manifest that names it says.
package struct ExpectedBlob: Hashable, Sendable {
    package let digest: Digest
    /// Bytes.
    package let size: Int64

    package init(digest: Digest, size: Int64) {
        self.digest = digest
        self.size = size
    }
}

/// Takes a blob from the network into a temporary file, hashing on the way, and hands it out only when digest and size
/// are the expected ones. A transfer that breaks goes on from `received`. Dropped, it leaves nothing behind.
package final class IngestSession: Sendable {
    private struct State {
        let stream: DigestStream
        /// A failed write leaves the file and the hash apart, and then nothing can be added.
        var isBroken = false
    }

    package let expected: ExpectedBlob
    private let temporary: TemporaryFile
    private let state: Mutex<State>

    /// - Parameter isNameless: the file is gone even when the process is killed; what comes of it cannot be published.
    /// - Throws: `StoreError.tooLarge` when the size announced is beyond the limit, `.sizeMismatch` when it is
    ///   negative; `FileError`, `CryptoError`.
    package init(
        _ expected: ExpectedBlob,
        limit: Int64,
        in directory: Directory,
        isNameless: Bool = false
    ) throws {
        guard expected.size >= 0 else {
            throw StoreError(.sizeMismatch, "The blob \(expected.digest) has a negative size in its manifest")
        }
        guard expected.size <= limit else {
            throw StoreError(
                .tooLarge,
                "The blob \(expected.digest) has \(ByteCount(expected.size)); the limit is \(ByteCount(limit)): "
                    + "make the artifact smaller, or raise the limit"
            )
        }
        self.expected = expected
        temporary = try TemporaryFile(in: directory)
        if isNameless { temporary.discard() }
        state = Mutex(State(stream: try DigestStream(expected.digest.algorithm)))
    }

    /// Bytes taken so far: where a ranged request goes on.
    package var received: Int64 { state.withLock { $0.stream.byteCount } }

    /// Takes the next bytes where they lie. Blocks for a write to the page cache.
    /// - Throws: `StoreError.sizeMismatch` as soon as more comes than was announced; `FileError`.
    package func write(_ bytes: UnsafeRawBufferPointer) throws {
        // The closure gets the address as a number, because the compiler would not let it lend a pointer to what the
        // lock protects. It is done with the bytes before this returns.
        let address = UInt(bitPattern: bytes.baseAddress)
        let count = bytes.count
        try state.withLock { state in
            guard !state.isBroken, Int64(count) <= expected.size - state.stream.byteCount else {
                throw StoreError(
                    .sizeMismatch,
                    "The blob \(expected.digest) is longer than the \(expected.size) bytes that its manifest says"
                )
            }
            state.isBroken = true
            let lent = unsafe UnsafeRawBufferPointer(start: UnsafeRawPointer(bitPattern: address), count: count)
            try unsafe temporary.file.write(lent)
            unsafe state.stream.update(lent)
            state.isBroken = false
        }
    }

    /// Takes the next bytes.
    /// - Throws: as the other `write`.
    package func write(_ bytes: [UInt8]) throws { try unsafe bytes.withUnsafeBytes { try unsafe write($0) } }

    /// Ends the session. The session cannot be used afterwards.
    /// - Throws: `StoreError`: `.sizeMismatch` when bytes are missing, `.digestMismatch`. The bytes are then gone.
    package func finish() throws -> IngestedBlob {
        do {
            let digest = try state.withLock { state in
                guard state.stream.byteCount == expected.size else {
                    throw StoreError(
                        .sizeMismatch,
                        "The blob \(expected.digest) ended after \(state.stream.byteCount) of \(expected.size) bytes"
                    )
                }
                guard !state.isBroken else {
                    throw StoreError(.sizeMismatch, "The blob \(expected.digest) could not be written completely")
                }
                state.isBroken = true
                return try state.stream.finish()
            }
            guard digest == expected.digest else {
                throw StoreError(
                    .digestMismatch,
                    "The blob \(expected.digest) has other bytes than its digest says (they hash to \(digest)): "
                        + "the registry or something on the way changed them"
                )
            }
            return IngestedBlob(digest: digest, temporary: temporary, file: try temporary.file.reopened())
        } catch {
            temporary.discard()
            throw error
        }
    }
}

/// A blob whose bytes are proven to be those of its digest. Only an ingest session makes one. Its file is gone with the
/// last reference, unless it is published.
package final class IngestedBlob: Sendable {
    package let digest: Digest
    package let file: ReadableFile
    /// Bytes.
    package var size: Int64 { file.size }
    let temporary: TemporaryFile

    fileprivate init(digest: Digest, temporary: TemporaryFile, file: ReadableFile) {
        self.digest = digest
        self.temporary = temporary
        self.file = file
    }
}

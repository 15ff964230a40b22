internal import CLibarchive
internal import SafeFiles

/// Writes a tar through libarchive, so that equal entries give equal bytes. For one thread.
///
/// The format is GNU tar: names travel as the bytes they are, however long, and no header depends on the process's
/// character set.
@safe final class ArchiveWriter {
    private let handle: OpaquePointer
    private let entry: OpaquePointer
    private let output: Output

    /// - Parameter output: takes the archive's bytes.
    /// - Throws: `ArchiveError.engine`.
    init(output: Output) throws {
        guard let handle = unsafe archive_write_new() else { throw Self.outOfMemory }
        guard let entry = unsafe archive_entry_new() else {
            unsafe archive_write_free(handle)
            throw Self.outOfMemory
        }
        unsafe self.handle = unsafe handle
        unsafe self.entry = unsafe entry
        self.output = output
        try check(unsafe archive_write_set_format_gnutar(handle))
        try check(unsafe archive_write_set_bytes_per_block(handle, 1 << 18))
        // Two blocks of zeros end an archive; tapes would want more.
        try check(unsafe archive_write_set_bytes_in_last_block(handle, 1))
        try check(
            unsafe archive_write_open(
                handle,
                Unmanaged.passUnretained(output).toOpaque(),
                nil,
                { _, context, bytes, count in
                    guard let context = unsafe context else { return -1 }
                    let output = unsafe Unmanaged<Output>.fromOpaque(context).takeUnretainedValue()
                    return unsafe output.take(UnsafeRawBufferPointer(start: bytes, count: count)) ? count : -1
                },
                nil
            )
        )
    }

    deinit {
        unsafe archive_entry_free(entry)
        // Without this, freeing an unfinished archive would write its end.
        unsafe archive_write_fail(handle)
        unsafe archive_write_free(handle)
    }

    /// - Throws: `ArchiveError.engine`, and what the output throws.
    func addDirectory(_ path: String, mode: UInt32) throws {
        try begin(path + "/", type: 0o040000, size: 0, mode: mode)
    }

    /// - Throws: `ArchiveError.changed` when the file shrinks meanwhile, `FileError`, and what the output throws.
    func addFile(_ path: String, _ file: ReadableFile, mode: UInt32) throws {
        try begin(path, type: 0o100000, size: file.size, mode: mode)
        var left = file.size
        try unsafe file.forEachPiece { piece in
            let count = min(Int64(piece.count), left)
            let written = unsafe archive_write_data(handle, piece.baseAddress, Int(count))
            guard written == count else { throw failure() }
            left -= count
        }
        guard left == 0 else { throw ArchiveError(.changed, entry: path, "became shorter while it was being packed") }
        try check(unsafe archive_write_finish_entry(handle))
    }

    /// Writes the end of the archive; nothing can be added afterwards.
    /// - Throws: `ArchiveError.engine`, and what the output throws.
    func finish() throws { try check(unsafe archive_write_close(handle)) }

    private func begin(_ path: String, type: UInt32, size: Int64, mode: UInt32) throws {
        unsafe archive_entry_clear(entry)
        unsafe archive_entry_set_pathname(entry, path)
        unsafe archive_entry_set_filetype(entry, type)
        unsafe archive_entry_set_perm(entry, mode)
        unsafe archive_entry_set_size(entry, size)
        unsafe archive_entry_set_mtime(entry, 0, 0)
        unsafe archive_entry_set_uid(entry, 0)
        unsafe archive_entry_set_gid(entry, 0)
        try check(unsafe archive_write_header(handle, entry))
    }

    private func check(_ answer: Int32) throws {
        guard answer == ARCHIVE_OK else { throw failure() }
    }

    private func failure() -> any Error {
        if let error = output.error { return error }
        let reason = unsafe archive_error_string(handle).map { unsafe String(cString: $0) } ?? "no reason is given"
        return ArchiveError(.engine, "The archive cannot be written: \(reason)")
    }

    private static var outOfMemory: ArchiveError {
        ArchiveError(.engine, "An archive writer could not be made: out of memory")
    }
}

/// Where the archive's bytes go; keeps the error that cannot pass through C.
@safe final class Output {
    private let sink: (UnsafeRawBufferPointer) throws -> Void
    private(set) var error: (any Error)?

    init(_ sink: @escaping (UnsafeRawBufferPointer) throws -> Void) { unsafe self.sink = sink }

    func take(_ bytes: UnsafeRawBufferPointer) -> Bool {
        do {
            try unsafe sink(bytes)
            return true
        } catch {
            self.error = error
            return false
        }
    }
}

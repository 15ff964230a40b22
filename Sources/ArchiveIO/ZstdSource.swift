internal import CLibarchive
internal import SafeFiles

/// Unpacks zstd (RFC 8878) through libarchive, which knows frames, skippable frames and checksums.
@safe final class ZstdSource: UnpackedSource {
    private static let blockSize = 1 << 18

    private let handle: OpaquePointer
    private let file: ReadableFile
    private var isEmpty = false

    /// - Throws: `ArchiveError`: `.engine`, `.damaged`; `FileError`.
    init(_ file: ReadableFile) throws {
        guard let handle = unsafe archive_read_new() else {
            throw ArchiveError(.engine, "An archive reader could not be made: out of memory")
        }
        unsafe self.handle = unsafe handle
        self.file = file
        // A warning here would mean that libarchive starts an external program instead.
        guard unsafe archive_read_support_filter_zstd(handle) == ARCHIVE_OK,
            unsafe archive_read_support_format_raw(handle) == ARCHIVE_OK,
            unsafe archive_read_support_format_empty(handle) == ARCHIVE_OK
        else { throw ArchiveError(.engine, "This libarchive was built without zstd") }
        try file.rewind()
        guard file.withDescriptor({ unsafe archive_read_open_fd(handle, $0, Self.blockSize) }) == ARCHIVE_OK else {
            throw failure()
        }
        var entry: OpaquePointer?
        switch unsafe archive_read_next_header(handle, &entry) {
        case ARCHIVE_OK: break
        case ARCHIVE_EOF: isEmpty = true
        default: throw failure()
        }
    }

    deinit { unsafe archive_read_free(handle) }

    var packedCount: Int64 { unsafe archive_filter_bytes(handle, -1) }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        guard !isEmpty else { return 0 }
        let count = unsafe archive_read_data(handle, buffer.baseAddress, buffer.count)
        guard count >= 0 else { throw failure() }
        return count
    }

    private func failure() -> ArchiveError {
        let reason = unsafe archive_error_string(handle).map { unsafe String(cString: $0) } ?? "no reason is given"
        return ArchiveError(.damaged, "The archive is damaged or cut short: \(reason)")
    }
}

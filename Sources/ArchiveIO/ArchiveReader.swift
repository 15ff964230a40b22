internal import CLibarchive
internal import Glibc
internal import SafeFiles

/// What an entry says of itself.
struct EntryHeader {
    enum Kind {
        case file, directory
        case link(target: [UInt8])
        /// A second name for an earlier file.
        case hardLink(target: [UInt8])
        /// A device, pipe, socket or unknown type.
        case other
    }

    let name: [UInt8]
    let kind: Kind
    let size: Int64
    let mode: UInt32

    var isDirectory: Bool {
        if case .directory = kind { true } else { false }
    }
}

/// Reads a tar archive front to back through libarchive, which gets it without its compression and knows only the tar
/// format. For one thread.
@safe final class ArchiveReader {
    private let handle: OpaquePointer
    private let feed: Feed

    /// - Throws: `ArchiveError`.
    init(_ file: ReadableFile) throws {
        do {
            feed = Feed(try ReadAhead(file, Compression(of: file)))
        } catch let error as FileError {
            throw Self.unreadable(error)
        }
        guard let handle = unsafe archive_read_new() else {
            throw ArchiveError(.engine, "An archive reader could not be made: out of memory")
        }
        unsafe self.handle = unsafe handle
        guard unsafe archive_read_support_format_tar(handle) == ARCHIVE_OK else {
            throw ArchiveError(.engine, "This libarchive was built without tar")
        }
        let context = unsafe Unmanaged.passUnretained(feed).toOpaque()
        let opened = unsafe archive_read_open(handle, context, nil, { unsafe Feed.read(for: $1, into: $2) }, nil)
        guard opened == ARCHIVE_OK else { throw failure() }
    }

    deinit { unsafe archive_read_free(handle) }

    /// The packed bytes that were read, and the bytes that they unpacked to, so far.
    var progress: (packed: Int64, unpacked: Int64) { feed.bytes.progress }

    /// The next entry; nil at the end.
    /// - Throws: `ArchiveError`: `.damaged`, `.notAnArchive`.
    func next() throws -> EntryHeader? {
        var entry: OpaquePointer?
        let answer = unsafe archive_read_next_header(handle, &entry)
        if answer == ARCHIVE_EOF { return nil }
        guard answer == ARCHIVE_OK || isCharacterSetWarning(answer), let entry = unsafe entry else { throw failure() }
        return unsafe EntryHeader(entry)
    }

    /// Hands the entry's data to `body` block by block, each with its place in the file; gaps are holes.
    /// - Throws: `ArchiveError.damaged`, and what `body` throws.
    func forEachBlock(of name: String, _ body: (UnsafeRawBufferPointer, Int64) throws -> Void) throws {
        while true {
            var start: UnsafeRawPointer?
            var count = 0
            var offset: Int64 = 0
            let answer = unsafe archive_read_data_block(handle, &start, &count, &offset)
            if answer == ARCHIVE_EOF { return }
            guard answer == ARCHIVE_OK else {
                if let error = feed.error { throw Self.explained(error) }
                throw ArchiveError(.damaged, entry: name, "cannot be read: \(reason)")
            }
            try unsafe body(UnsafeRawBufferPointer(start: start, count: count), offset)
        }
    }

    /// Reads on to the end of the file, after the last entry: only there the compression's checksums are compared.
    /// What follows the archive's end mark is ignored, as by every tar; `body` is told how many bytes of it there are.
    /// - Throws: `ArchiveError.damaged`, and what `body` throws.
    func drain(_ body: (Int) throws -> Void) throws {
        while true {
            let count: Int
            do { count = try unsafe feed.bytes.next().count } catch { throw Self.explained(error) }
            guard count > 0 else { return }
            try body(count)
        }
    }

    /// libarchive would rather convert names to the process's character set. It warns, and keeps the bytes as they
    /// are, which is what we want; every other warning says that something in the archive was ignored.
    private func isCharacterSetWarning(_ answer: Int32) -> Bool {
        answer == ARCHIVE_WARN && reason.contains("can't be converted from")
    }

    private var reason: String {
        guard let text = unsafe archive_error_string(handle) else { return "libarchive gives no reason" }
        return unsafe String(cString: text)
    }

    private func failure() -> any Error {
        if let error = feed.error { return Self.explained(error) }
        let reason = reason
        guard reason.contains("Unrecognized archive format") else {
            return ArchiveError(.damaged, "The archive is damaged or cut short: \(reason)")
        }
        return ArchiveError(.notAnArchive, "The artifact's content unpacks to something that is not a tar archive")
    }

    private static func explained(_ error: any Error) -> any Error {
        guard let error = error as? FileError else { return error }
        return unreadable(error)
    }

    private static func unreadable(_ error: FileError) -> ArchiveError {
        ArchiveError(.file, "The archive cannot be read from its file", cause: error)
    }
}

/// Gives libarchive its bytes; keeps the error that cannot pass through C.
private final class Feed {
    let bytes: ReadAhead
    private(set) var error: (any Error)?

    init(_ bytes: ReadAhead) { self.bytes = bytes }

    static func read(for context: UnsafeMutableRawPointer?, into start: UnsafeMutablePointer<UnsafeRawPointer?>?) -> Int
    {
        guard let context = unsafe context else { return -1 }
        let feed = unsafe Unmanaged<Feed>.fromOpaque(context).takeUnretainedValue()
        do {
            let piece = try unsafe feed.bytes.next()
            unsafe start?.pointee = piece.baseAddress
            return piece.count
        } catch {
            feed.error = error
            return -1
        }
    }
}

extension EntryHeader {
    fileprivate init(_ entry: OpaquePointer) {
        name = unsafe Self.bytes(archive_entry_pathname(entry))
        size = unsafe archive_entry_size(entry)
        mode = unsafe archive_entry_perm(entry)
        if let target = unsafe archive_entry_hardlink(entry) {
            kind = unsafe .hardLink(target: Self.bytes(target))
            return
        }
        switch unsafe archive_entry_filetype(entry) {
        case 0o100000: kind = .file
        case 0o040000: kind = .directory
        case 0o120000: kind = unsafe .link(target: Self.bytes(archive_entry_symlink(entry)))
        default: kind = .other
        }
    }

    private static func bytes(_ text: UnsafePointer<CChar>?) -> [UInt8] {
        guard let text = unsafe text else { return [] }
        return unsafe Array(UnsafeRawBufferPointer(start: text, count: strlen(text)))
    }
}

package import CoreModel
internal import Glibc

/// What a name in a directory stands for.
package enum FileKind: Hashable, Sendable {
    case file, directory, link
    /// A device, pipe or socket.
    case other

    init(mode: UInt32) {
        switch mode & S_IFMT {
        case S_IFREG: self = .file
        case S_IFDIR: self = .directory
        case S_IFLNK: self = .link
        default: self = .other
        }
    }
}

/// What the kernel keeps about a file; of a link, about the link itself.
package struct FileStatus: Hashable, Sendable {
    package let kind: FileKind
    /// Bytes; of a link, the length of its target.
    package let size: Int64
    /// Permission bits, set-id and sticky bits included.
    package let mode: UInt32
    package let modified: Timestamp
    /// The last change of content or of attributes; only the kernel sets it.
    package let changed: Timestamp
    package let device: UInt64
    package let inode: UInt64
    /// The number of names that the file has.
    package let linkCount: Int

    init(_ status: stat) {
        kind = FileKind(mode: status.st_mode)
        size = Int64(status.st_size)
        mode = status.st_mode & 0o7777
        modified = Timestamp(seconds: Int64(status.st_mtim.tv_sec), nanoseconds: Int32(status.st_mtim.tv_nsec))
        changed = Timestamp(seconds: Int64(status.st_ctim.tv_sec), nanoseconds: Int32(status.st_ctim.tv_nsec))
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
        linkCount = Int(status.st_nlink)
    }
}

/// One name in a directory.
package struct DirectoryEntry: Hashable, Sendable {
    package let name: String
    package let status: FileStatus
    package var kind: FileKind { status.kind }
    package var size: Int64 { status.size }
    package var modified: Timestamp { status.modified }
}

package import CoreModel
internal import Glibc
package import SystemPackage

/// Why a file operation failed: what was tried, on which path, and what the kernel said.
package struct FileError: ModuleError {
    package enum Code: String, Hashable, Sendable {
        /// The path is absolute, holds `..`, an empty component or a NUL, or leaves its root.
        case invalidPath
        /// A symbolic link stands where none is followed, or it leaves its root.
        case linkRefused
        case notFound
        case alreadyExists
        case notADirectory
        case isADirectory
        /// A device, pipe, socket, link or directory where a regular file was asked for.
        case notARegularFile
        /// The file holds more bytes than the caller takes.
        case tooLarge
        case notPermitted
        /// The disk or the quota is full.
        case noSpace
        /// Another process holds the lock.
        case busy
        /// Anything else that the kernel answers; see `number`.
        case system
    }

    package let code: Code
    package let message: String
    /// The path that the operation was about, for messages only.
    package let path: FilePath
    /// The kernel's error number; nil when the refusal is ours.
    package let number: Int32?
    package var cause: (any Error)? { nil }

    package var kind: FailureKind {
        switch code {
        case .invalidPath, .linkRefused, .notADirectory, .isADirectory, .notARegularFile, .tooLarge: .terminal
        case .notFound, .alreadyExists, .notPermitted, .noSpace, .busy, .system: .transient
        }
    }

    /// A refusal of our own.
    package init(_ code: Code, _ path: FilePath, _ reason: String) {
        self.code = code
        self.path = path
        number = nil
        message = "\(path) \(reason)"
    }

    /// What the kernel answered to `operation` (a verb: "open", "rename").
    package init(number: Int32, _ operation: String, _ path: FilePath) {
        code = Code(number: number)
        self.path = path
        self.number = number
        let text = unsafe strerror(number).map { unsafe String(cString: $0) } ?? "unknown error"
        let name = Code.names[number] ?? "errno \(number)"
        let advice = code == .noSpace ? "; free space there" : ""
        message = "\(path) cannot be \(operation): \(text) (\(name))\(advice)"
    }
}

extension FileError {
    static func linkNotFollowed(_ path: FilePath) -> FileError {
        FileError(.linkRefused, path, "is a symbolic link, and links are not followed here")
    }

    static func notARegularFile(_ path: FilePath) -> FileError {
        FileError(.notARegularFile, path, "is not a regular file")
    }
}

extension FileError.Code {
    fileprivate init(number: Int32) {
        switch number {
        case ENOENT: self = .notFound
        case EEXIST, ENOTEMPTY: self = .alreadyExists
        case ENOTDIR: self = .notADirectory
        case EISDIR: self = .isADirectory
        case ELOOP: self = .linkRefused
        case ENAMETOOLONG, EILSEQ: self = .invalidPath
        case EFBIG: self = .tooLarge
        case EACCES, EPERM, EROFS: self = .notPermitted
        case ENOSPC, EDQUOT: self = .noSpace
        case EWOULDBLOCK: self = .busy
        default: self = .system
        }
    }

    /// The names that operators search for; the rest is told by number.
    fileprivate static let names: [Int32: String] = [
        ENOENT: "ENOENT", EEXIST: "EEXIST", ENOTEMPTY: "ENOTEMPTY", ENOTDIR: "ENOTDIR", EISDIR: "EISDIR",
        ELOOP: "ELOOP", ENAMETOOLONG: "ENAMETOOLONG", EILSEQ: "EILSEQ", EFBIG: "EFBIG", EACCES: "EACCES",
        EPERM: "EPERM", EROFS: "EROFS", ENOSPC: "ENOSPC", EDQUOT: "EDQUOT", EWOULDBLOCK: "EWOULDBLOCK",
        EIO: "EIO", EMFILE: "EMFILE", ENFILE: "ENFILE", EINVAL: "EINVAL", EBUSY: "EBUSY", ENOMEM: "ENOMEM",
        EXDEV: "EXDEV", EMLINK: "EMLINK", ENXIO: "ENXIO", ENODEV: "ENODEV", ETXTBSY: "ETXTBSY", EBADF: "EBADF",
    ]
}

internal import Glibc
internal import SystemPackage

/// Owns one file descriptor and closes it with the last reference.
final class Descriptor: Sendable {
    let number: Int32

    init(_ number: Int32) { self.number = number }

    deinit { close(number) }

    /// Opens `name` in the directory `parent`; never hands the descriptor to a child process.
    static func open(
        _ name: String,
        in parent: Int32,
        flags: Int32,
        mode: UInt32 = 0,
        for path: FilePath
    ) throws -> Descriptor {
        do {
            let number = try retrying("opened", path) { unsafe openat(parent, name, flags | O_CLOEXEC, mode) }
            return Descriptor(number)
        } catch let error as FileError where error.number == ELOOP && flags & O_NOFOLLOW != 0 {
            throw FileError.linkNotFollowed(path)
        } catch let error as FileError where error.number == ENXIO {
            throw FileError.notARegularFile(path)
        }
    }
}

/// Repeats a system call while signals interrupt it; a negative answer throws what the kernel said.
@discardableResult
func retrying<Number: SignedInteger>(
    _ operation: String,
    _ path: @autoclosure () -> FilePath,
    _ call: () -> Number
) throws -> Number {
    while true {
        let answer = call()
        if answer >= 0 { return answer }
        let number = errno
        if number != EINTR { throw FileError(number: number, operation, path()) }
    }
}

import CoreModel
import Glibc
import SafeFiles
import SystemPackage

/// A directory of its own below the system's temporary directory, gone with the last reference.
final class Sandbox {
    let directory: Directory
    private let temporary: TemporaryDirectory

    init() throws {
        temporary = try TemporaryDirectory(in: Directory.open(FilePath("/tmp")))
        directory = temporary.directory
    }

    var path: String { directory.path.string }

    func write(_ relative: String, _ text: String) throws {
        try directory.writeAtomically(relative, Array(text.utf8))
    }

    func text(_ relative: String) throws -> String {
        String(decoding: try directory.read(relative, limit: 1 << 20), as: UTF8.self)
    }
}

func code(_ work: () throws -> Void) -> FileError.Code? {
    do {
        try work()
        return nil
    } catch { return (error as? FileError)?.code }
}

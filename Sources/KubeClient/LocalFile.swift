import Glibc

/// Small configuration files of this machine: kubeconfigs, tokens, certificates.
enum LocalFile {
    /// Reads a whole file, following links (projected tokens are links).
    /// - Throws: the given code, naming the file.
    static func read(_ path: String, limit: Int, code: KubeError.Code) throws(KubeError) -> [UInt8] {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("be opened", path, code) }
        defer { close(descriptor) }
        var content: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = unsafe Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure("be read", path, code) }
            guard count > 0 else { return content }
            content += buffer[..<count]
            guard content.count <= limit else {
                throw KubeError(code, "The file \(path) is larger than the \(limit) bytes that are read")
            }
        }
    }

    static func readText(_ path: String, limit: Int, code: KubeError.Code) throws(KubeError) -> String {
        guard let text = String(validating: try read(path, limit: limit, code: code), as: UTF8.self) else {
            throw KubeError(code, "The file \(path) is not UTF-8 text")
        }
        return text
    }

    static func exists(_ path: String) -> Bool { unsafe access(path, R_OK) == 0 }

    /// The path itself where it is absolute, otherwise below the directory.
    static func resolve(_ path: String, in directory: String) -> String {
        path.hasPrefix("/") || directory.isEmpty ? path : "\(directory)/\(path)"
    }

    private static func failure(_ action: String, _ path: String, _ code: KubeError.Code) -> KubeError {
        let reason = unsafe String(cString: strerror(errno))
        return KubeError(code, "The file \(path) cannot \(action): \(reason)")
    }
}

import CoreModel
import HTTPExchange
import SystemPackage

/// The process's environment as the cloud vendors' own tools read it, and the files that it names.
///
/// Files are read anew each time: whoever writes tokens replaces them before they expire.
package struct LoginEnvironment: Sendable, CustomStringConvertible, CustomReflectable {
    private let held: Redacted<[String: String]>

    package init(_ variables: [String: String]) { held = Redacted(variables) }

    /// The value of a variable; nil where it is absent or empty.
    package subscript(name: String) -> String? {
        held.secret[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Every variable, for programs that are run.
    package var variables: [String: String] { held.secret }

    /// Says nothing: an environment is full of secrets.
    package var description: String { "LoginEnvironment" }
    package var customMirror: Mirror { Mirror(self, children: [:]) }

    /// The address in a variable, without a slash at its end; nil where there is none.
    /// - Throws: `LoginError.configuration` for anything but an http or https URL.
    func endpoint(_ name: String) throws -> HTTPURL? {
        guard let text = self[name] else { return nil }
        guard let url = HTTPURL(text), url.query == nil else {
            throw LoginError(.configuration, "The variable \(name) is no http or https URL; correct or unset it")
        }
        return url
    }

    /// The file that a variable names, as text without white space at its ends.
    /// - Throws: `LoginError.configuration` where it cannot be read or is empty.
    func text(ofFileIn name: String) throws -> String? {
        guard let path = self[name] else { return nil }
        return try Self.text(path, named: "The file \(path) of \(name)")
    }

    /// A file as text without white space at its ends; `subject` starts the sentence of an error.
    static func text(_ path: String, named subject: String) throws -> String {
        guard let text = String(validating: try bytes(path, named: subject), as: UTF8.self)?.trimmingSpace() else {
            throw LoginError(.configuration, "\(subject) is not UTF-8 text; write it anew")
        }
        guard !text.isEmpty else { throw LoginError(.configuration, "\(subject) is empty; write it anew") }
        return text
    }

    /// A file of at most a megabyte.
    static func bytes(_ path: String, named subject: String) throws -> [UInt8] {
        do {
            return try read(path, named: subject)
        } catch let error as Errno {
            throw LoginError(.configuration, "\(subject) cannot be read: \(error)")
        }
    }

    /// `bytes`; nil where there is no such file.
    static func bytesIfPresent(_ path: String, named subject: String) throws -> [UInt8]? {
        do {
            return try read(path, named: subject)
        } catch let error as Errno {
            if [.noSuchFileOrDirectory, .notDirectory, .isDirectory].contains(error) { return nil }
            throw LoginError(.configuration, "\(subject) cannot be read: \(error)")
        }
    }

    private static func read(_ path: String, named subject: String) throws -> [UInt8] {
        let limit = 1 << 20
        let file = try FileDescriptor.open(FilePath(path), .readOnly, options: .closeOnExec)
        return try file.closeAfter {
            var content: [UInt8] = []
            var piece = [UInt8](repeating: 0, count: 1 << 16)
            while content.count <= limit {
                let count = try unsafe piece.withUnsafeMutableBytes { try unsafe file.read(into: $0) }
                guard count > 0 else { return content }
                content += piece.prefix(count)
            }
            throw LoginError(.configuration, "\(subject) is larger than the \(limit) bytes that are read")
        }
    }
}

extension String {
    /// Without ASCII spaces and line breaks at both ends.
    func trimmingSpace() -> String {
        let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\n" || $0 == "\t" || $0 == "\r" || $0 == "\r\n" }
        var rest = Substring(self).drop(while: isSpace)
        while let last = rest.last, isSpace(last) { rest.removeLast() }
        return String(rest)
    }
}

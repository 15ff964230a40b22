import HTTPExchange
import ManifestTree

/// A token service's own account of why it gave no token, in the forms that AWS, Azure and Google use.
struct LoginRefusal: Sendable {
    private let status: Int
    /// One line, short, and free of what was to be hidden.
    private let said: String

    init(_ head: HTTPResponseHead, _ body: [UInt8], hiding secrets: [String]) {
        status = head.status
        let words = Self.words(of: body) + [head.headers["x-amzn-ErrorType"]].compactMap { $0 }
        let text = words.prefix(2).map(Self.clean).filter { !$0.isEmpty }.joined(separator: ": ")
        said = Self.isTelling(text, secrets) ? "" : text
    }

    func error(of service: String) -> LoginError {
        let detail = said.isEmpty ? "HTTP \(status)" : "HTTP \(status), \(said)"
        switch status {
        case 429: return LoginError(.unavailable, "\(service) has had too many requests: \(detail)")
        case 500...599: return LoginError(.unavailable, "\(service) failed: \(detail)")
        case 300...399:
            return LoginError(.badAnswer, "\(service) redirects, which is not followed: \(detail); correct its address")
        default:
            return LoginError(
                .refused,
                "\(service) refused the login: \(detail); check the identity, its trust policy and its permissions"
            )
        }
    }

    /// The error's code and message.
    private static func words(of body: [UInt8]) -> [String] {
        guard body.count <= 64 << 10 else { return [] }
        if let tree = try? JSONReader.parse(body, limits: DocumentLimits(depth: 32)) { return words(of: tree) }
        let text = String(decoding: body, as: UTF8.self)
        return [XMLText.element("Code", in: text), XMLText.element("Message", in: text)].compactMap { $0 }
    }

    private static func words(of tree: Tree) -> [String] {
        // Google wraps its errors, AWS puts a namespace before the type, ACR lists several.
        if let nested = tree["error"], nested.map != nil { return words(of: nested) }
        if let first = tree["errors"]?.list?.first { return words(of: first) }
        let code = ["error", "__type", "status", "code", "Code"].lazy.compactMap { tree[$0]?.string }.first
        let message = ["error_description", "message", "Message"].lazy.compactMap { tree[$0]?.string }.first
        let name = code.map { String($0.split(separator: "#").last ?? "") }
        return [name, message].compactMap { $0 }
    }

    private static func clean(_ text: String) -> String {
        // Azure's descriptions go on with trace numbers on lines of their own.
        let line = text.trimmingSpace().prefix { !$0.isNewline }
        var clean = ""
        for scalar in line.unicodeScalars.prefix(300) {
            clean.unicodeScalars.append(scalar.properties.generalCategory == .control ? " " : scalar)
        }
        return clean
    }

    /// Whether the words hold a secret, or what looks like a signed token.
    private static func isTelling(_ text: String, _ secrets: [String]) -> Bool {
        text.contains("eyJ") || secrets.contains { !$0.isEmpty && text.contains($0) }
    }
}

/// The little XML that AWS STS speaks: elements that hold text.
enum XMLText {
    /// The text of the first element of that name, without attributes; nil where there is none, or one that is not
    /// plain text.
    static func element(_ name: String, in text: some StringProtocol) -> String? {
        content(of: name, in: text).flatMap { $0.contains("<") ? nil : decoded($0) }
    }

    /// What stands between the first element's tags.
    static func content(of name: String, in text: some StringProtocol) -> String? {
        guard let start = text.firstRange(of: "<\(name)>"),
            let end = text[start.upperBound...].firstRange(of: "</\(name)>")
        else { return nil }
        return String(text[start.upperBound..<end.lowerBound])
    }

    private static func decoded(_ text: String) -> String? {
        guard text.contains("&") else { return text }
        let named: [Substring: Character] = ["amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'"]
        var result = ""
        var rest = Substring(text)
        while let start = rest.firstIndex(of: "&") {
            result += rest[..<start]
            rest = rest[rest.index(after: start)...]
            guard let end = rest.firstIndex(of: ";") else { return nil }
            let name = rest[..<end]
            guard let character = named[name] ?? numbered(name) else { return nil }
            result.append(character)
            rest = rest[rest.index(after: end)...]
        }
        return result + rest
    }

    private static func numbered(_ name: Substring) -> Character? {
        guard name.first == "#" else { return nil }
        let digits = name.dropFirst()
        let number = digits.first == "x" ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
        return number.flatMap(Unicode.Scalar.init).map(Character.init)
    }
}

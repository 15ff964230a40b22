internal import CoreModel

/// An absolute http or https URL, taken apart once and never re-parsed.
package struct HTTPURL: Hashable, Sendable, CustomStringConvertible {
    package enum Scheme: String, Hashable, Sendable {
        case http, https
    }

    package var scheme: Scheme
    /// Lower case; an IPv6 address keeps its brackets.
    package var host: String
    /// Nil where the scheme's own port is meant.
    package var port: Int?
    /// Begins with `/`, percent-encoded as it travels.
    package var path: String
    /// Without the `?`, percent-encoded as it travels.
    package var query: String?

    package init(scheme: Scheme, host: String, port: Int? = nil, path: String = "/", query: String? = nil) {
        self.scheme = scheme
        self.host = host.lowercased()
        self.port = port
        self.path = path
        self.query = query
    }

    /// Parses an absolute URL; nil for another scheme, no host, user information, control characters or spaces.
    /// A fragment is dropped.
    package init?(_ text: some StringProtocol) { self.init(bytes: Array(text.utf8)) }

    /// Every request's URL is read here, so by bytes: characters cost twenty times as much.
    private init?(bytes: [UInt8]) {
        guard bytes.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else { return nil }
        let name = bytes.prefix { $0 != UInt8(ascii: ":") }
        guard bytes.dropFirst(name.count).starts(with: "://".utf8),
            let scheme = Scheme(rawValue: String(decoding: name, as: UTF8.self).lowercased())
        else { return nil }
        let rest = bytes.dropFirst(name.count + 3).prefix { $0 != UInt8(ascii: "#") }
        let authority = rest.prefix { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") }
        guard let (host, port) = Self.parseAuthority(authority) else { return nil }
        let target = rest.dropFirst(authority.count)
        let path = target.prefix { $0 != UInt8(ascii: "?") }
        let query = target.dropFirst(path.count)
        self.init(
            scheme: scheme,
            host: host,
            port: port,
            path: path.isEmpty ? "/" : String(decoding: path, as: UTF8.self),
            query: query.isEmpty ? nil : String(decoding: query.dropFirst(), as: UTF8.self)
        )
    }

    package var description: String { "\(scheme.rawValue)://\(authority)\(target)" }

    /// Whether its own text would be read as just this: its parts can be set one by one.
    package var isSound: Bool {
        guard host.utf8.allSatisfy({ $0 < 0x80 }) else { return HTTPURL(description) == self }
        let isHost: Bool
        if host.utf8.first == UInt8(ascii: "[") {
            isHost =
                host.utf8.count > 1 && host.utf8.dropLast().allSatisfy { $0 != UInt8(ascii: "]") }
                && host.utf8.last == UInt8(ascii: "]")
        } else {
            isHost = !host.isEmpty && host.utf8.allSatisfy { $0 != UInt8(ascii: ":") }
        }
        return isHost && host.utf8.allSatisfy(Self.isHostByte) && (1...65_535).contains(port ?? 1)
            && path.utf8.first == UInt8(ascii: "/")
            && path.utf8.allSatisfy { Self.isTargetByte($0) && $0 != UInt8(ascii: "?") }
            && query?.utf8.allSatisfy(Self.isTargetByte) ?? true
    }

    private static func isTargetByte(_ byte: UInt8) -> Bool {
        byte > 0x20 && byte != 0x7F && byte != UInt8(ascii: "#")
    }

    /// Nothing that ends a host, and no upper case.
    private static func isHostByte(_ byte: UInt8) -> Bool {
        let ends = byte == UInt8(ascii: "/") || byte == UInt8(ascii: "?") || byte == UInt8(ascii: "@")
        return isTargetByte(byte) && !ends && !(0x41...0x5A).contains(byte)
    }

    /// `host` or `host:port`.
    package var authority: String { port.map { "\(host):\($0)" } ?? host }

    /// Path and query, as the request line holds them.
    package var target: String { query.map { "\(path)?\($0)" } ?? path }

    /// Another path and query of the same server, as a request line holds them.
    package func at(_ target: String) -> HTTPURL {
        var url = self
        let mark = target.utf8.firstIndex(of: UInt8(ascii: "?"))
        url.path = mark.map { String(target[..<$0]) } ?? target
        url.query = mark.map { String(target[target.utf8.index(after: $0)...]) }
        return url
    }

    /// Scheme, host and effective port: what credentials are bound to.
    package var origin: String { "\(scheme.rawValue)://\(host):\(effectivePort)" }

    /// Whether both have one `origin`.
    package func sharesOrigin(with other: HTTPURL) -> Bool {
        scheme == other.scheme && host == other.host && effectivePort == other.effectivePort
    }

    /// The port that is connected to.
    package var effectivePort: Int { port ?? (scheme == .https ? 443 : 80) }

    /// The host is this machine by name or by loopback address.
    package var isLoopback: Bool {
        host == "localhost" || host.hasSuffix(".localhost") || host == "[::1]" || isLoopbackNumber
    }

    /// A name may begin with `127.` as well; only four numbers are an address.
    private var isLoopbackNumber: Bool {
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }

    /// Resolves a `Location` header against this URL (RFC 3986 section 5, without dot segments); nil when it is
    /// malformed or of another scheme.
    package func resolving(_ location: String) -> HTTPURL? {
        if location.hasPrefix("//") { return HTTPURL("\(scheme.rawValue):\(location)") }
        let scheme = location.prefix { $0 != ":" && $0 != "/" && $0 != "?" }
        if location.dropFirst(scheme.count).hasPrefix(":") { return HTTPURL(location) }
        let base = "\(self.scheme.rawValue)://\(authority)"
        if location.hasPrefix("/") { return HTTPURL(base + location) }
        if location.hasPrefix("?") { return HTTPURL(base + path + location) }
        let directory = path.lastIndex(of: "/").map { path[...$0] } ?? "/"
        return HTTPURL(base + directory + location)
    }

    /// Adds a parameter, percent-encoding name and value.
    package func adding(_ name: String, _ value: String) -> HTTPURL {
        var url = self
        let item = "\(Self.percentEncode(name))=\(Self.percentEncode(value))"
        url.query = query.map { $0.isEmpty ? item : "\($0)&\(item)" } ?? item
        return url
    }

    /// Keeps RFC 3986's unreserved characters and writes all others as `%XX`.
    package static func percentEncode(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var result: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: result.append(byte)
            default: result += [0x25, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// Undoes `percentEncode`; what is no `%XX` stays as it is.
    package static func percentDecode(_ text: some StringProtocol) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            let digits = rest.prefix(2).compactMap(Hex.value)
            guard byte == 0x25, digits.count == 2 else {
                bytes.append(byte)
                continue
            }
            bytes.append(digits[0] << 4 | digits[1])
            rest = rest.dropFirst(2)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func parseAuthority(_ text: ArraySlice<UInt8>) -> (String, Int?)? {
        guard !text.isEmpty, !text.contains(UInt8(ascii: "@")) else { return nil }
        var host = text
        if text.first == UInt8(ascii: "[") {
            guard let close = text.firstIndex(of: UInt8(ascii: "]")) else { return nil }
            host = text[...close]
        } else {
            host = text.prefix { $0 != UInt8(ascii: ":") }
        }
        guard !host.isEmpty else { return nil }
        let rest = text.dropFirst(host.count)
        guard rest.isEmpty || rest.first == UInt8(ascii: ":") else { return nil }
        var port: Int?
        if rest.count > 1 {
            let digits = rest.dropFirst()
            guard digits.allSatisfy({ (0x30...0x39).contains($0) }),
                let number = Int(String(decoding: digits, as: UTF8.self)), (1...65_535).contains(number)
            else { return nil }
            port = number
        }
        return (String(decoding: host, as: UTF8.self), port)
    }
}

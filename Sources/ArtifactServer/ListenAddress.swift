import CoreModel

/// Where a server listens, as Go's flags write it: `host:port`, or `:port` for all interfaces.
package struct ListenAddress: Hashable, Sendable, CustomStringConvertible {
    /// Empty for all interfaces; an IPv6 address without brackets.
    package let host: String
    /// 0 for one that the system chooses.
    package let port: Int

    /// - Throws: `ServerError` with `invalidAddress`.
    package init(_ text: String) throws {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            throw ServerError.invalidAddress(text)
        }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            throw ServerError.invalidAddress(text)
        }
        self.host = String(host)
        self.port = Int(port)
    }

    package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

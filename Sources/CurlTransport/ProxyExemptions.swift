import Glibc
import HTTPExchange

/// What `NO_PROXY` names: hosts with all below them, addresses and networks, each with a port if it is only for that.
///
/// `example.com` and `.example.com` both cover `example.com` and `a.example.com`; `*` covers everything. Networks
/// (`10.0.0.0/8`) cover addresses only: no name is looked up.
struct ProxyExemptions: Hashable, Sendable {
    private enum Subject: Hashable {
        case everything
        case name(String)
        case network([UInt8], bits: Int)
    }

    private struct Entry: Hashable {
        let subject: Subject
        let port: Int?
    }

    private let entries: [Entry]

    init(_ text: String) {
        entries = text.split { $0 == "," || $0 == " " || $0 == "\t" }.compactMap { Self.entry($0.lowercased()) }
    }

    func cover(_ url: HTTPURL) -> Bool {
        let port = url.port ?? (url.scheme == .https ? 443 : 80)
        let name = url.host.hasSuffix(".") ? String(url.host.dropLast()) : url.host
        let address = IPAddress.bytes(of: name)
        return entries.contains { entry in
            guard entry.port == nil || entry.port == port else { return false }
            switch entry.subject {
            case .everything: return true
            case .name(let suffix): return address == nil && (name == suffix || name.hasSuffix("." + suffix))
            case .network(let network, let bits):
                return address.map { IPAddress.shares($0, network, bits: bits) } ?? false
            }
        }
    }

    private static func entry(_ text: String) -> Entry? {
        if text == "*" { return Entry(subject: .everything, port: nil) }
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count == 2 {
            guard let network = IPAddress.bytes(of: parts[0]), let bits = Int(parts[1]), bits >= 0,
                bits <= network.count * 8
            else { return nil }
            return Entry(subject: .network(network, bits: bits), port: nil)
        }
        if let address = IPAddress.bytes(of: text) {
            return Entry(subject: .network(address, bits: address.count * 8), port: nil)
        }
        let bare = text.hasPrefix("*.") ? text.dropFirst(2) : text.drop { $0 == "." }
        guard let parsed = HTTPURL("http://\(bare)"), parsed.target == "/" else { return nil }
        let host = parsed.host.hasSuffix(".") ? String(parsed.host.dropLast()) : parsed.host
        guard let address = IPAddress.bytes(of: host) else { return Entry(subject: .name(host), port: parsed.port) }
        return Entry(subject: .network(address, bits: address.count * 8), port: parsed.port)
    }
}

/// IP addresses as bytes in network order: four of IPv4, sixteen of IPv6.
enum IPAddress {
    /// Nil for anything but a literal address, with or without the brackets of a URL.
    static func bytes(of text: some StringProtocol) -> [UInt8]? {
        let literal = text.hasPrefix("[") && text.hasSuffix("]") ? String(text.dropFirst().dropLast()) : String(text)
        for (family, count) in [(AF_INET, 4), (AF_INET6, 16)] {
            var bytes = [UInt8](repeating: 0, count: count)
            if unsafe inet_pton(family, literal, &bytes) == 1 { return bytes }
        }
        return nil
    }

    /// Whether the first bits of both are the same.
    static func shares(_ address: [UInt8], _ network: [UInt8], bits: Int) -> Bool {
        guard address.count == network.count else { return false }
        return zip(address, network).enumerated().allSatisfy { index, pair in
            let counted = min(max(bits - index * 8, 0), 8)
            return (pair.0 ^ pair.1) >> UInt8(8 - counted) == 0
        }
    }
}

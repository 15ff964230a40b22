/// The one spelling of a host that can be written in several ways, so that what is said of a registry holds however
/// somebody spells it.
///
/// Pure: it asks no resolver. Two names that lead to the same machine by DNS alone stay two.
package enum HostSpelling {
    /// Lower case, without the port of HTTP or HTTPS, without zeros in front of a port, without the dot behind a name,
    /// and addresses as numbers: what `inet_aton` takes for an IPv4 address is written with four decimal numbers, and
    /// an IPv6 address in its full length, or as the IPv4 address that it maps.
    /// - Parameter authority: `host`, `host:port`, `[address]:port`; what is none of them comes back in lower case.
    package static func canonical(_ authority: some StringProtocol) -> String {
        let text = authority.lowercased()
        var host = text[...]
        var port = ""
        if let colon = text.lastIndex(of: ":"), !text[colon...].contains("]") {
            let digits = text[text.index(after: colon)...]
            if !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
                host = text[..<colon]
                port = String(digits.drop { $0 == "0" })
            }
        }
        if host.hasSuffix("."), host.count > 1 { host = host.dropLast() }
        let suffix = ["443", "80", ""].contains(port) ? "" : ":\(port)"
        return canonicalHost(host) + suffix
    }

    private static func canonicalHost(_ host: Substring) -> String {
        if host.hasPrefix("["), host.hasSuffix("]"), let groups = ipv6(host.dropFirst().dropLast()) {
            if groups[..<5].allSatisfy({ $0 == 0 }), groups[5] == 0xFFFF {
                return dotted(UInt32(groups[6]) << 16 | UInt32(groups[7]))
            }
            return "[\(groups.map { String($0, radix: 16) }.joined(separator: ":"))]"
        }
        return ipv4(host).map(dotted) ?? String(host)
    }

    private static func dotted(_ address: UInt32) -> String {
        [24, 16, 8, 0].map { String(address >> UInt32($0) & 0xFF) }.joined(separator: ".")
    }

    /// One to four numbers, decimal, octal or hexadecimal, of which the last one fills what is left.
    private static func ipv4(_ text: Substring) -> UInt32? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard (1...4).contains(parts.count) else { return nil }
        var address: UInt64 = 0
        for (index, part) in parts.enumerated() {
            guard let value = number(part) else { return nil }
            let isLast = index == parts.count - 1
            let bits = UInt64(isLast ? 8 * (4 - index) : 8)
            guard value < 1 << bits else { return nil }
            address = address << bits | value
        }
        return UInt32(exactly: address)
    }

    private static func number(_ text: Substring) -> UInt64? {
        guard !text.isEmpty, text.utf8.count <= 16 else { return nil }
        if text.hasPrefix("0x") { return digits(text.dropFirst(2), radix: 16) }
        return digits(text, radix: text.count > 1 && text.hasPrefix("0") ? 8 : 10)
    }

    /// Nothing but digits: a sign is none.
    private static func digits(_ text: Substring, radix: Int) -> UInt64? {
        guard text.first != "+", text.first != "-" else { return nil }
        return UInt64(text, radix: radix)
    }

    /// The eight groups of an address, of which `::` stands for those that are zero.
    private static func ipv6(_ text: Substring) -> [UInt16]? {
        guard let gap = text.firstRange(of: "::") else { return groups(text).flatMap { $0.count == 8 ? $0 : nil } }
        guard let front = groups(text[..<gap.lowerBound]), let back = groups(text[gap.upperBound...]),
            front.count + back.count < 8
        else { return nil }
        return front + Array(repeating: 0, count: 8 - front.count - back.count) + back
    }

    private static func groups(_ text: Substring) -> [UInt16]? {
        if text.isEmpty { return [] }
        var groups: [UInt16] = []
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
            if index == parts.count - 1, part.contains(".") {
                guard let address = ipv4(part) else { return nil }
                groups += [UInt16(address >> 16), UInt16(address & 0xFFFF)]
            } else {
                guard part.utf8.count <= 4, let value = digits(part, radix: 16), let group = UInt16(exactly: value)
                else { return nil }
                groups.append(group)
            }
        }
        return groups.count <= 8 ? groups : nil
    }
}

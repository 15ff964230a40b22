/// The lexical rules of references (OCI distribution spec, "Pulling manifests"; the domain rules are those of Docker's
/// reference grammar). Everything is ASCII.
enum ReferenceGrammar {
    /// `[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}`
    static func isTag(_ text: some StringProtocol) -> Bool {
        let bytes = text.utf8
        guard let first = bytes.first, bytes.count <= 128 else { return false }
        return isWord(first) && bytes.allSatisfy { isWord($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-") }
    }

    /// Lower-case letters and digits, separated by `.`, `_`, `__` or any number of `-`.
    static func isPathComponent(_ text: some StringProtocol) -> Bool {
        var separator: [UInt8] = []
        var hasAlphanumeric = false
        for byte in text.utf8 {
            if isLowerAlphanumeric(byte) {
                guard separator.isEmpty || hasAlphanumeric && isSeparator(separator) else { return false }
                separator = []
                hasAlphanumeric = true
            } else {
                separator.append(byte)
            }
        }
        return hasAlphanumeric && separator.isEmpty
    }

    /// A host name, an IPv4 address or a bracketed IPv6 address, each with an optional port from 1 to 65535.
    static func isHost(_ text: some StringProtocol) -> Bool {
        var name = Substring(text)
        if name.utf8.first == UInt8(ascii: "[") {
            guard let close = name.utf8.firstIndex(of: UInt8(ascii: "]")) else { return false }
            let port = name[name.utf8.index(after: close)...]
            let address = name[name.utf8.index(after: name.startIndex)..<close]
            return isIPv6(address) && (port.isEmpty || port.hasPrefix(":") && isPort(port.dropFirst()))
        }
        if let colon = name.utf8.firstIndex(of: UInt8(ascii: ":")) {
            guard isPort(name[name.utf8.index(after: colon)...]) else { return false }
            name = name[..<colon]
        }
        guard name.utf8.count <= 253 else { return false }
        return name.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy(isHostLabel)
    }

    private static func isHostLabel(_ bytes: Substring.UTF8View) -> Bool {
        guard let first = bytes.first, let last = bytes.last, bytes.count <= 63 else { return false }
        return isAlphanumeric(first) && isAlphanumeric(last)
            && bytes.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
    }

    /// The characters of an address and at least two colons; whether it exists is the resolver's to say.
    private static func isIPv6(_ text: Substring) -> Bool {
        let bytes = text.utf8
        let isColon = { (byte: UInt8) in byte == UInt8(ascii: ":") }
        return bytes.count <= 45 && bytes.filter(isColon).count >= 2
            && bytes.allSatisfy { isHexDigit($0) || isColon($0) || $0 == UInt8(ascii: ".") }
    }

    private static func isPort(_ text: Substring) -> Bool {
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(text) else { return false }
        return (1...65_535).contains(number)
    }

    private static func isSeparator(_ bytes: [UInt8]) -> Bool {
        let (dot, underscore, dash) = (UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"))
        return bytes == [dot] || bytes == [underscore] || bytes == [underscore, underscore]
            || bytes.allSatisfy { $0 == dash }
    }

    private static func isWord(_ byte: UInt8) -> Bool { isAlphanumeric(byte) || byte == UInt8(ascii: "_") }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        isLowerAlphanumeric(byte) || (0x41...0x5A).contains(byte)
    }

    private static func isLowerAlphanumeric(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte)
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte | 0x20)
    }
}

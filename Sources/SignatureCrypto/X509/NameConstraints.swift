/// The names that an authority may certify (RFC 5280 section 4.2.1.10).
package struct NameConstraints: Hashable, Sendable {
    package let permitted: [AlternativeName]
    package let excluded: [AlternativeName]

    private static let limit = 1024

    init(_ value: [UInt8], subject: String) throws {
        var reader = try DERReader(whole: value, subject: subject)
        permitted = try Self.subtrees(reader.next(ifPresent: .constructed(0)).map(reader.reader))
        excluded = try Self.subtrees(reader.next(ifPresent: .constructed(1)).map(reader.reader))
        try reader.finish()
        guard !permitted.isEmpty || !excluded.isEmpty else { throw reader.problem("it has empty name constraints") }
    }

    /// The first name of the certificate that may not be certified; nil when all may.
    func forbiddenName(of certificate: Certificate) -> AlternativeName? {
        var names = certificate.alternativeNames
        if !certificate.subject.isEmpty {
            names.append(.directory(certificate.subject))
            names += certificate.subject.values(of: DistinguishedName.emailAddress).map(AlternativeName.email)
        }
        return names.first { !allows($0) }
    }

    /// Names of forms without a rule are allowed; a rule that cannot be read excludes all names of its form.
    private func allows(_ name: AlternativeName) -> Bool {
        if excluded.contains(where: { Self.match(name, $0, whenUnclear: true) == true }) { return false }
        let rules = permitted.compactMap { Self.match(name, $0, whenUnclear: false) }
        return rules.isEmpty || rules.contains(true)
    }

    private static func subtrees(_ list: DERReader?) throws -> [AlternativeName] {
        guard var list else { return [] }
        var names: [AlternativeName] = []
        while !list.isAtEnd {
            var fields = try list.descend(.sequence)
            names.append(try AlternativeName(reading: &fields))
            guard fields.isAtEnd, names.count <= limit else {
                throw list.problem("it has name constraints with distances or too many of them")
            }
        }
        return names
    }

    /// Whether the name lies in the subtree; nil when they are of different forms.
    private static func match(_ name: AlternativeName, _ base: AlternativeName, whenUnclear: Bool) -> Bool? {
        switch (name, base) {
        case (.dns(let name), .dns(let base)): isHost(name, within: base, allowsSubdomains: true)
        case (.email(let name), .email(let base)): isMailbox(name, within: base)
        case (.uri(let name), .uri(let base)):
            host(of: name).map { isHost($0, within: base, allowsSubdomains: false) } ?? whenUnclear
        case (.ip(let name), .ip(let base)): isAddress(name, within: base) ?? whenUnclear
        case (.directory(let name), .directory(let base)): name.isWithin(base)
        case (.other(let name, _), .other(let base, _)): name == base ? whenUnclear : nil
        case (.unsupported(let name, _), .unsupported(let base, _)): name == base ? whenUnclear : nil
        default: nil
        }
    }

    /// A leading dot asks for a subdomain; without it DNS constraints take the host too, URI and email ones it alone.
    private static func isHost(_ name: String, within base: String, allowsSubdomains: Bool) -> Bool {
        let (name, base) = (name.lowercased(), base.lowercased())
        if base.isEmpty { return true }
        if base.hasPrefix(".") { return name.hasSuffix(base) && name.utf8.count > base.utf8.count }
        return name == base || allowsSubdomains && name.hasSuffix("." + base)
    }

    private static func isMailbox(_ name: String, within base: String) -> Bool {
        guard let at = name.lastIndex(of: "@") else { return false }
        let host = String(name[name.index(after: at)...])
        guard let baseAt = base.lastIndex(of: "@") else {
            return isHost(host, within: base, allowsSubdomains: false)
        }
        return name[..<at] == base[..<baseAt] && host.lowercased() == base[base.index(after: baseAt)...].lowercased()
    }

    private static func isAddress(_ name: [UInt8], within base: [UInt8]) -> Bool? {
        guard name.count * 2 == base.count else { return base.count == 8 || base.count == 32 ? false : nil }
        return name.indices.allSatisfy { name[$0] & base[name.count + $0] == base[$0] & base[name.count + $0] }
    }

    /// The host of `scheme://[user@]host[:port]/…`; nil for a URI without one or with an IP address, which constraints
    /// do not cover.
    private static func host(of uri: String) -> String? {
        guard let start = uri.firstRange(of: "://") else { return nil }
        let authority = uri[start.upperBound...].prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        let host = authority.split(separator: "@", omittingEmptySubsequences: false).last?.prefix { $0 != ":" } ?? ""
        guard !host.isEmpty, !host.hasPrefix("["), host.contains(where: { !$0.isNumber && $0 != "." }) else {
            return nil
        }
        return String(host)
    }
}

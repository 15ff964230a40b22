/// The rules that Kubernetes has for names (apimachinery `validation`), checked before a name travels in a path.
package enum NameRules {
    /// An RFC 1123 label: at most 63 of `a-z0-9-`, alphanumeric at both ends. Namespaces are such labels.
    package static func isLabel(_ text: String) -> Bool {
        (1...63).contains(text.utf8.count) && text.utf8.allSatisfy { isLowerAlphanumeric($0) || $0 == dash }
            && hasAlphanumericEnds(text)
    }

    /// An RFC 1123 subdomain: at most 253, labels joined with dots.
    package static func isSubdomain(_ text: String) -> Bool {
        guard (1...253).contains(text.utf8.count) else { return false }
        return text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { part in
            !part.isEmpty && part.utf8.allSatisfy { isLowerAlphanumeric($0) || $0 == dash }
                && hasAlphanumericEnds(part)
        }
    }

    /// What every name has to keep to in order to be one path segment: not empty, not `.` or `..`, neither `/` nor `%`.
    /// RBAC objects may have names that are no subdomain.
    package static func isPathSegment(_ text: String) -> Bool {
        !text.isEmpty && text != "." && text != ".."
            && !text.utf8.contains { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "%") }
            && text.utf8.count <= 1024
    }

    /// A label or annotation key: an optional DNS prefix and a name of at most 63.
    package static func isQualifiedName(_ text: String) -> Bool {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        switch parts.count {
        case 1: return isLabelToken(parts[0])
        case 2: return isSubdomain(String(parts[0])) && isLabelToken(parts[1])
        default: return false
        }
    }

    /// A label value: empty, or at most 63 of `A-Za-z0-9-_.`, alphanumeric at both ends.
    package static func isLabelValue(_ text: String) -> Bool { text.isEmpty || isLabelToken(text) }

    private static let dash = UInt8(ascii: "-")

    private static func isLabelToken(_ text: some StringProtocol) -> Bool {
        (1...63).contains(text.utf8.count)
            && text.utf8.allSatisfy { isAlphanumeric($0) || $0 == dash || $0 == 0x5F || $0 == 0x2E }
            && hasAlphanumericEnds(text)
    }

    private static func hasAlphanumericEnds(_ text: some StringProtocol) -> Bool {
        guard let first = text.utf8.first, let last = text.utf8.reversed().first else { return false }
        return isAlphanumeric(first) && isAlphanumeric(last)
    }

    private static func isLowerAlphanumeric(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte)
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        isLowerAlphanumeric(byte) || (0x41...0x5A).contains(byte)
    }
}

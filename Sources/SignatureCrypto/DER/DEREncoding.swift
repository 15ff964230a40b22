/// Writes the few structures that Sluice has to make: requests for timestamps, and a certificate without one of its
/// extensions.
package enum DEREncoding {
    /// An element with a definite length in its shortest form.
    package static func element(_ tag: DERTag, _ content: some Collection<UInt8>) -> [UInt8] {
        var bytes = [tag.octet]
        let length = content.count
        if length < 0x80 {
            bytes.append(UInt8(length))
        } else {
            let digits = stride(from: 24, through: 0, by: -8).map { UInt8(truncatingIfNeeded: length >> $0) }
                .drop { $0 == 0 }
            bytes.append(0x80 | UInt8(digits.count))
            bytes += digits
        }
        return bytes + content
    }

    /// A SEQUENCE of elements that are encoded already.
    package static func sequence(_ parts: [UInt8]...) -> [UInt8] { element(.sequence, Array(parts.joined())) }

    /// An INTEGER that is not negative, from its big-endian bytes.
    package static func unsigned(_ bytes: some Collection<UInt8>) -> [UInt8] {
        let digits = Array(bytes.drop { $0 == 0 })
        return element(.integer, (digits.first ?? 0x80) >= 0x80 ? [0] + digits : digits)
    }

    /// An OBJECT IDENTIFIER from its dotted form; nil where that is none.
    package static func objectIdentifier(_ dotted: String) -> [UInt8]? {
        let arcs = dotted.split(separator: ".", omittingEmptySubsequences: false).map { UInt64($0) }
        guard arcs.count >= 2, let first = arcs[0], let second = arcs[1], first <= 2, second < 1 << 32 else {
            return nil
        }
        var content: [UInt8] = []
        for arc in [first * 40 + second] + arcs.dropFirst(2) {
            guard let arc else { return nil }
            let groups = stride(from: 63, through: 0, by: -7).map { UInt8(arc >> UInt64($0) & 0x7F) }
            let used = groups.drop { $0 == 0 }
            let digits = used.isEmpty ? [0] : Array(used)
            content += digits.dropLast().map { $0 | 0x80 } + digits.suffix(1)
        }
        return element(.objectIdentifier, content)
    }
}

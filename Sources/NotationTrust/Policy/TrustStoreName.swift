internal import ManifestTree

/// The kinds of roots: of signers, of signing authorities, and of timestamping authorities.
package enum TrustStoreType: String, Hashable, Sendable, CaseIterable {
    case ca
    case signingAuthority
    case tsa
}

/// A named store as a statement refers to it, `ca:acme`.
package struct TrustStoreName: Hashable, Sendable, CustomStringConvertible {
    package let type: TrustStoreType
    package let name: String

    package init(_ type: TrustStoreType, _ name: String) {
        self.type = type
        self.name = name
    }

    init(_ text: String) throws(NotationProblem) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let type = TrustStoreType(rawValue: String(parts[0])), Self.isName(parts[1]) else {
            throw NotationProblem(
                "has the trust store \(text.quotedForMessage); write ca:NAME, signingAuthority:NAME or tsa:NAME"
            )
        }
        self.init(type, String(parts[1]))
    }

    package var description: String { "\(type.rawValue):\(name)" }

    /// The characters that file names have everywhere.
    static func isName(_ text: some StringProtocol) -> Bool {
        !text.isEmpty && text != "." && text != ".."
            && text.utf8.allSatisfy {
                (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
                    || "_.-".utf8.contains($0)
            }
    }
}

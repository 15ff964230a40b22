package import SignatureCrypto

/// A log that a trusted root names: of signatures (Rekor), or of certificates (RFC 6962).
package struct TransparencyLog: Hashable, Sendable {
    /// Where the log is; never contacted. Its host is the origin of a tiled log's checkpoints.
    package let baseURL: String
    /// By which entries and timestamps say whose they are.
    package let id: [UInt8]
    package let key: LogKey
    /// When the log used its key.
    package let window: ValidityWindow

    package init(baseURL: String, id: [UInt8], key: LogKey, window: ValidityWindow) {
        self.baseURL = baseURL
        self.id = id
        self.key = key
        self.window = window
    }

    /// The host of the URL, by which a tiled log calls itself in its checkpoints.
    var host: String {
        let afterScheme = baseURL.firstRange(of: "://").map { baseURL[$0.upperBound...] } ?? baseURL[...]
        let authority = afterScheme.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        let host = authority.split(separator: "@", omittingEmptySubsequences: false).last ?? ""
        guard !host.hasPrefix("[") else { return String(host.dropFirst().prefix { $0 != "]" }) }
        return String(host.prefix { $0 != ":" })
    }
}

/// A certificate authority or a timestamping authority that a trusted root names.
package struct TrustedAuthority: Hashable, Sendable {
    /// What the chain ends at.
    package let root: Certificate
    /// The chain below it, in any order. A timestamping authority's own certificate is among them.
    package let intermediates: [Certificate]
    /// When the authority issued what is trusted.
    package let window: ValidityWindow

    package init(root: Certificate, intermediates: [Certificate], window: ValidityWindow) {
        self.root = root
        self.intermediates = intermediates
        self.window = window
    }
}

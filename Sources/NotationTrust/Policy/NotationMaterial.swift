internal import CoreModel
internal import SignatureCrypto

/// A trust policy with its trust stores, from the entries of a Secret or the files of a folder.
///
/// Entries by their names:
/// - `trustpolicy.oci.json`, otherwise `trustpolicy.json`: the trust policy document.
/// - `*.crt`, `*.pem`, `*.cer`: certificates in PEM or DER. As with Flux they belong to every store that the document
///   names, unless their own name says to which: `ca.acme.crt` and `ca.acme.2.crt` belong to `ca:acme` where a
///   statement names that store. Once one entry names its store, none may name a store that no statement uses: it would
///   be shared by mistake.
/// - `truststore/x509/TYPE/NAME/FILE`, as notation lays its configuration out: certificates of that store.
/// - `*.crl`: certificate revocation lists in PEM or DER.
///
/// Other entries are left alone.
package struct NotationMaterial: Hashable, Sendable {
    /// The names of the document; the first that is there counts.
    package static let documentNames = ["trustpolicy.oci.json", "trustpolicy.json"]
    private static let certificateEndings = [".crt", ".pem", ".cer"]

    package let document: TrustPolicyDocument
    package let stores: NotationTrustStores
    /// SHA-256 over everything that decides, as hexadecimal: it changes when the document, a certificate or a
    /// revocation list does.
    package let fingerprint: String

    /// - Parameter source: what messages call the place, such as `the Secret 'flux-system/notation'`.
    /// - Throws: `NotationError` (`invalidPolicy`, `invalidStore`) that names the entry; `CryptoError.engine`.
    package init(source: String, entries: [String: [UInt8]]) throws {
        guard let name = Self.documentNames.first(where: { entries[$0] != nil }), let bytes = entries[name] else {
            throw NotationError(
                .invalidPolicy,
                "There is no trust policy in \(source); add one under the name \(Self.documentNames[1])"
            )
        }
        let document = try TrustPolicyDocument(parsing: bytes, source: name)
        var reader = StoreReader(source: source, document: document)
        for (name, bytes) in entries.sorted(by: { $0.key < $1.key }) { try reader.read(name, bytes) }
        try reader.finish()
        try self.init(document: document, stores: reader.stores, bytes: bytes)
    }

    private init(document: TrustPolicyDocument, stores: NotationTrustStores, bytes: [UInt8]) throws {
        self.document = document
        self.stores = stores
        let lines = ["notation 1", try Digest.of(bytes).hex] + (try stores.fingerprintLines())
        fingerprint = try Digest.of(lines.joined(separator: "\n").utf8).hex
    }

    fileprivate static func isCertificate(_ name: String) -> Bool {
        certificateEndings.contains { name.hasSuffix($0) }
    }
}

/// Sorts entries into stores.
private struct StoreReader {
    private let source: String
    private let names: Set<TrustStoreName>
    private(set) var stores = NotationTrustStores()
    private var hasNamedStore = false
    /// Entries whose names look like a store's that no statement uses.
    private var strangers: [(entry: String, store: String)] = []

    init(source: String, document: TrustPolicyDocument) {
        self.source = source
        names = Set(document.statements.flatMap(\.stores))
    }

    mutating func read(_ name: String, _ bytes: [UInt8]) throws {
        if name.hasSuffix(".crl") {
            stores.add(try lists(name, bytes))
        } else if name.hasPrefix("truststore/") {
            let parts = name.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
            // notation does not look into folders below a store either.
            guard parts.count == 5, parts[1] == "x509", let type = TrustStoreType(rawValue: parts[2]),
                TrustStoreName.isName(parts[3]), NotationMaterial.isCertificate(name)
            else { return }
            hasNamedStore = true
            stores.add(try certificates(name, bytes), to: TrustStoreName(type, parts[3]))
        } else if NotationMaterial.isCertificate(name) {
            stores.add(try certificates(name, bytes), to: store(of: name))
        }
        guard stores.count <= NotationTrustStores.limit else {
            throw NotationError(
                .invalidStore,
                "There are more than \(NotationTrustStores.limit) certificates and revocation lists in \(source)"
            )
        }
    }

    func finish() throws {
        guard hasNamedStore, let stranger = strangers.first else { return }
        throw NotationError(
            .invalidStore,
            "The entry '\(stranger.entry)' of \(source) is named after the trust store '\(stranger.store)', which no "
                + "statement of the trust policy uses; rename it"
        )
    }

    /// The store that an entry's name says; nil where it says none that is used.
    private mutating func store(of entry: String) -> TrustStoreName? {
        let parts = entry.split(separator: ".", omittingEmptySubsequences: false).dropLast().map(String.init)
        guard parts.count > 1, let type = TrustStoreType(rawValue: parts[0]) else { return nil }
        let whole = TrustStoreName(type, parts.dropFirst().joined(separator: "."))
        let shortened = TrustStoreName(type, parts.dropFirst().dropLast().joined(separator: "."))
        guard let found = [whole, shortened].first(where: names.contains) else {
            strangers.append((entry, whole.description))
            return nil
        }
        hasNamedStore = true
        return found
    }

    private func certificates(_ name: String, _ bytes: [UInt8]) throws -> [Certificate] {
        do {
            let found =
                try bytes.first == DERTag.sequence.octet
                ? Self.elements(bytes, "the certificate").map { try Certificate(der: $0) }
                : Certificate.list(pem: bytes)
            guard !found.isEmpty else { throw NotationProblem("holds no certificate") }
            return found
        } catch {
            throw try refusal(name, "certificate", error)
        }
    }

    private func lists(_ name: String, _ bytes: [UInt8]) throws -> [CertificateRevocationList] {
        do {
            let found =
                try bytes.first == DERTag.sequence.octet
                ? Self.elements(bytes, "the revocation list")
                : PEMBlock.list(bytes, label: "X509 CRL", subject: "The revocation list")
            guard !found.isEmpty else { throw NotationProblem("holds no revocation list") }
            return try found.map { try CertificateRevocationList(der: $0) }
        } catch {
            throw try refusal(name, "certificate revocation list", error)
        }
    }

    /// One file in DER may hold several, one after the other.
    private static func elements(_ bytes: [UInt8], _ subject: String) throws -> [[UInt8]] {
        var reader = DERReader(bytes[...], subject: subject)
        var elements: [[UInt8]] = []
        while !reader.isAtEnd { elements.append(Array(try reader.next(.sequence).encoded)) }
        return elements
    }

    /// What OpenSSL could not do is not the entry's fault.
    private func refusal(_ name: String, _ kind: String, _ error: any Error) throws -> NotationError {
        if let error = error as? CryptoError, error.code == .engine { throw error }
        return NotationError(
            .invalidStore,
            "The entry '\(name)' of \(source) is not a usable \(kind); export it again",
            cause: error
        )
    }
}

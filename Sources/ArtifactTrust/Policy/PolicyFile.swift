internal import CoreModel
internal import ManifestTree
package import OCIDistribution

/// Policies in a file, with the Secrets that they name, as `--policy` of the tool takes them: the very documents that a
/// cluster would hold.
package struct PolicyFile: Sendable {
    /// A policy and what verdicts call it.
    package struct Entry: Sendable {
        package let name: String
        package let document: PolicyDocument
    }

    /// The largest file, in bytes.
    package static let sizeLimit = 4 << 20
    private static let version = "sluice.dev/v1alpha1"
    private static let kinds: Set<String> = ["ClusterVerificationPolicy", "VerificationPolicy"]

    /// In the order of the file; at least one.
    package let entries: [Entry]
    private let secrets: [SecretName: [String: [UInt8]]]
    private let root: [UInt8]?
    private let source: String

    /// - Parameters:
    ///   - source: the file's name, for messages.
    ///   - trustedRoot: the content of the `trusted_root.json` for authorities that name none.
    /// - Throws: `TrustError.invalidPolicy` for what is no policy.
    package init(parsing bytes: [UInt8], source: String, trustedRoot: [UInt8]? = nil) throws {
        guard bytes.count <= Self.sizeLimit else {
            throw TrustError(
                .invalidPolicy,
                "The file '\(source)' has \(bytes.count) bytes, more than \(Self.sizeLimit)"
            )
        }
        let documents: [Tree]
        do {
            documents = try YAMLReader.documents(bytes, source: source).map(\.tree).filter { !$0.isNull }
        } catch {
            throw TrustError(.invalidPolicy, "The file '\(source)' cannot be read", cause: error)
        }
        var entries: [Entry] = []
        var secrets: [SecretName: [String: [UInt8]]] = [:]
        for document in documents {
            let kind = document["kind"]?.string ?? ""
            let name = document[path: ["metadata", "name"]]?.string ?? ""
            switch (document["apiVersion"]?.string ?? "", kind) {
            case ("v1", "Secret"):
                let secret = SecretName(namespace: document[path: ["metadata", "namespace"]]?.string, name: name)
                guard secrets.updateValue(try Self.values(document, source), forKey: secret) == nil else {
                    throw TrustError(.invalidPolicy, "The file '\(source)' holds the Secret '\(secret)' twice")
                }
            case (Self.version, _) where Self.kinds.contains(kind):
                let path = "\(source): \(kind)/\(name): spec"
                entries.append(
                    Entry(name: "\(kind)/\(name)", document: try PolicyDocument(parsing: document["spec"], at: path))
                )
            case (let version, _):
                throw TrustError(
                    .invalidPolicy,
                    "The file '\(source)' holds \(version.quotedForMessage) \(kind.quotedForMessage); "
                        + "it takes a VerificationPolicy, a ClusterVerificationPolicy (\(Self.version)) and Secrets"
                )
            }
        }
        guard !entries.isEmpty else {
            throw TrustError(.invalidPolicy, "The file '\(source)' holds no VerificationPolicy; write one")
        }
        (self.entries, self.secrets, self.source, root) = (entries, secrets, source, trustedRoot)
    }

    /// The rules of every policy that is about a repository; empty where none is.
    /// - Throws: `TrustError`.
    package func rules(for repository: Repository) async throws -> [TrustRule] {
        var rules: [TrustRule] = []
        for entry in entries where entry.document.covers(repository) {
            rules.append(try await entry.document.rule(named: entry.name, with: self))
        }
        return rules
    }

    /// The rules of every policy, for what belongs to no repository.
    /// - Throws: `TrustError`.
    package func rules() async throws -> [TrustRule] {
        var rules: [TrustRule] = []
        for entry in entries { rules.append(try await entry.document.rule(named: entry.name, with: self)) }
        return rules
    }

    private static func values(_ secret: Tree, _ source: String) throws -> [String: [UInt8]] {
        var values: [String: [UInt8]] = [:]
        for (key, value) in secret["data"]?.map ?? [:] {
            guard let bytes = value.string.flatMap({ Base64.decode($0, ignoringLineBreaks: true) }) else {
                throw TrustError(.invalidPolicy, "The file '\(source)' holds a Secret whose data is not base64")
            }
            values[key] = bytes
        }
        for (key, value) in secret["stringData"]?.map ?? [:] { values[key] = Array((value.string ?? "").utf8) }
        return values
    }
}

extension PolicyFile: PolicyMaterial {
    package func entries(of secret: SecretName, field: String) async throws -> [String: [UInt8]] {
        // In a file, what says no namespace is meant for any.
        let found = secrets.filter { candidate in
            let (own, asked) = (candidate.key.namespace, secret.namespace)
            return candidate.key.name == secret.name && (own == nil || asked == nil || own == asked)
        }
        guard found.count == 1, let entries = found.first?.value else {
            throw TrustError(
                .invalidPolicy,
                "\(field) names the Secret '\(secret)', which the file '\(source)' has to hold once; add it there"
            )
        }
        return entries
    }

    package func trustedRoot(_ secret: SecretName?, field: String) async throws -> [UInt8] {
        guard let secret else {
            guard let root else {
                throw TrustError(.invalidPolicy, "\(field) is missing, and no trusted root was given; set one of them")
            }
            return root
        }
        guard let bytes = try await entries(of: secret, field: field)["trusted_root.json"] else {
            throw TrustError(.invalidPolicy, "\(field) names the Secret '\(secret)', which has no trusted_root.json")
        }
        return bytes
    }
}

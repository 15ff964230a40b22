import ControllerRuntime
package import CoreModel
import KubeClient
package import KubeModel
import ManifestTree
import RegistryLogin
import Synchronization

/// The values of a Secret, decoded. No description shows them.
package struct SecretValues: Sendable {
    /// `namespace/name`, for messages.
    package let key: ObjectKey
    /// As `type` says, such as `kubernetes.io/dockerconfigjson`.
    package let type: String
    private let values: Redacted<[String: [UInt8]]>

    init(_ object: KubeObject) throws {
        key = object.key
        type = object.tree["type"]?.string ?? ""
        var values: [String: [UInt8]] = [:]
        for (name, value) in object.tree["data"]?.map ?? [:] {
            guard let bytes = value.string.flatMap({ Base64.decode($0, ignoringLineBreaks: true) }) else {
                throw SecretError("Secret \(object.key) has an entry '\(name)' that is not base64; write it anew")
            }
            values[name] = bytes
        }
        self.values = Redacted(values)
    }

    /// Every entry.
    package var all: [String: [UInt8]] { values.secret }

    /// The bytes of an entry.
    package subscript(name: String) -> [UInt8]? { values.secret[name] }

    /// The text of an entry, without the line break that files end with.
    package func text(_ name: String) -> String? {
        values.secret[name].map { bytes in
            var text = Substring(String(decoding: bytes, as: UTF8.self))
            while let last = text.last, last.isNewline { text = text.dropLast() }
            return String(text)
        }
    }
}

/// A Secret that is missing, or that lacks what it has to hold.
package struct SecretError: ModuleError {
    package let message: String
    package var cause: (any Error)? { nil }
    package var kind: FailureKind { .transient }

    package init(_ message: String) { self.message = message }
}

/// Reads the Secrets and ServiceAccounts that one object names, for one reconcile of it.
package final class SecretReader: Sendable {
    private let references: SourceReferences
    private let dependent: ObjectKey
    private let read = Mutex<(secrets: Set<ObjectKey>, accounts: Set<ObjectKey>)>(([], []))

    init(_ references: SourceReferences, for dependent: ObjectKey) {
        self.references = references
        self.dependent = dependent
    }

    /// The values of a Secret.
    /// - Throws: `SecretError` where it is not there; `KubeError`.
    package func secret(_ name: String, namespace: String, field: String) async throws -> SecretValues {
        try SecretValues(try await object(name, namespace: namespace, field: field))
    }

    /// A Secret as it is.
    /// - Throws: `SecretError` where it is not there; `KubeError`.
    func object(_ name: String, namespace: String, field: String) async throws -> KubeObject {
        let key = ObjectKey(namespace: namespace, name: name)
        guard let object = try await known(key) else {
            throw SecretError("\(field) names the Secret \(key), which does not exist; create it or change the field")
        }
        return object
    }

    /// A Secret as it is; nil where it is not there.
    /// - Throws: `KubeError`.
    func known(_ key: ObjectKey) async throws -> KubeObject? {
        read.withLock { _ = $0.secrets.insert(key) }
        return try await references.secrets.object(key, for: dependent)
    }

    /// A ServiceAccount.
    /// - Throws: `SecretError` where it is not there; `KubeError`.
    package func account(_ name: String, namespace: String, field: String) async throws -> KubeObject {
        let key = ObjectKey(namespace: namespace, name: name)
        read.withLock { _ = $0.accounts.insert(key) }
        guard let object = try await references.accounts.object(key, for: dependent) else {
            throw SecretError(
                "\(field) names the ServiceAccount \(key), which does not exist; create it or change the field"
            )
        }
        return object
    }

    /// Ends the object's interest in everything that was not read this time.
    func finish() {
        let (secrets, accounts) = read.withLock { $0 }
        references.secrets.keep(only: secrets, for: dependent)
        references.accounts.keep(only: accounts, for: dependent)
    }

    /// The ServiceAccount as somebody to log in as.
    func loginAccount(_ object: KubeObject) -> LoginAccount {
        let client = references.client
        return LoginAccount(
            namespace: object.namespace,
            name: object.name,
            uid: object.uid,
            annotations: object.annotations
        ) { audience in
            try await client.serviceAccountToken(object.key, audience: audience)
        }
    }
}

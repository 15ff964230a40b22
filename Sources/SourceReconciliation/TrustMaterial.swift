import CoreModel
import KubeModel
import SigstoreTrust
import Synchronization

/// Reads what policies name for one reconcile of one source, and notes which version of it was read.
final class TrustMaterial: Sendable {
    /// One thing that a policy was made from.
    enum Observation: Hashable, Sendable {
        /// A Secret, by its identity.
        case secret(ObjectKey, uid: String, version: String)
        /// The controller's own trusted root.
        case root(Digest)
    }

    /// The entry of a Secret that holds a trusted root, as Flux calls it.
    static let rootEntry = "trusted_root.json"

    private let secrets: SecretReader
    private let root: SharedTrustedRoot
    private let dependent: ObjectKey
    private let seen = Mutex<Set<Observation>>([])

    init(_ secrets: SecretReader, _ root: SharedTrustedRoot, for dependent: ObjectKey) {
        (self.secrets, self.root, self.dependent) = (secrets, root, dependent)
    }

    /// Everything that was read so far.
    var observed: Set<Observation> { seen.withLock { $0 } }

    /// The values of a Secret.
    /// - Throws: `SecretError`, `KubeError`.
    func secret(_ key: ObjectKey, field: String) async throws -> SecretValues {
        let object = try await secrets.object(key.name, namespace: key.namespace, field: field)
        note(Self.observation(of: object))
        return try SecretValues(object)
    }

    /// The trusted root of a Secret or, where `key` is nil, the controller's own.
    /// - Throws: `SecretError`, `TrustMaterialError`, `KubeError`.
    func trustedRoot(_ key: ObjectKey?, field: String) async throws -> TrustedRoot {
        guard let key else { return try await own().root }
        let bytes = try await trustedRootBytes(key, field: field)
        do {
            return try TrustedRoot(parsing: bytes)
        } catch {
            throw TrustMaterialError("the entry \(Self.rootEntry) of Secret \(key) cannot be used", cause: error)
        }
    }

    /// The content of its `trusted_root.json`.
    /// - Throws: `SecretError`, `TrustMaterialError`, `KubeError`.
    func trustedRootBytes(_ key: ObjectKey?, field: String) async throws -> [UInt8] {
        guard let key else { return try await own().bytes }
        let secret = try await secret(key, field: field)
        guard let bytes = secret[Self.rootEntry] else {
            throw SecretError("Secret \(key) has no entry \(Self.rootEntry); put the trusted root there")
        }
        return bytes
    }

    private func own() async throws -> SharedTrustedRoot.Version {
        let version = try await root.version(for: dependent)
        note(.root(version.digest))
        return version
    }

    /// Whether everything is as it was then. What is looked at counts as read.
    func isUnchanged(_ then: Set<Observation>) async throws -> Bool {
        for observation in then {
            let now: Observation
            switch observation {
            case .secret(let key, _, _):
                guard let object = try await secrets.known(key) else { return false }
                now = Self.observation(of: object)
            case .root:
                guard let version = try? await root.version(for: dependent) else { return false }
                now = .root(version.digest)
            }
            guard now == observation else { return false }
            note(now)
        }
        return true
    }

    private func note(_ observation: Observation) { seen.withLock { _ = $0.insert(observation) } }

    private static func observation(of object: KubeObject) -> Observation {
        .secret(object.key, uid: object.uid, version: object.resourceVersion)
    }
}

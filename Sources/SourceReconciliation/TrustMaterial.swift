import CoreModel
import HTTPExchange
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
        /// The one of a repository that a Secret names.
        case mirror(TrustedRootMirror, Digest)
    }

    /// The entry of a Secret that holds a trusted root, as Flux calls it.
    static let rootEntry = "trusted_root.json"

    private let secrets: SecretReader
    private let root: SharedTrustedRoot
    private let mirrors: MirroredRoots?
    private let connection: OwnConnection
    private let dependent: ObjectKey
    private let seen = Mutex<Set<Observation>>([])
    /// The repositories that were asked, with success or without.
    private let used = Mutex<Set<TrustedRootMirror>>([])

    init(_ secrets: SecretReader, _ context: SourceContext, for plan: SourcePlan) {
        (self.secrets, root, mirrors) = (secrets, context.trustedRoot, context.mirrors)
        (connection, dependent) = (OwnConnection(plan), plan.key)
    }

    /// Ends the object's interest in every repository that was not asked this time.
    func finish() { mirrors?.keep(only: used.withLock { $0 }, for: dependent) }

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
        let secret = try await secret(key, field: field)
        if let version = try await mirrored(secret, isOwn: true) { return version.root }
        let bytes = try Self.rootBytes(secret)
        do {
            return try TrustedRoot(parsing: bytes)
        } catch {
            throw TrustMaterialError("the entry \(Self.rootEntry) of Secret \(key) cannot be used", cause: error)
        }
    }

    /// The content of its `trusted_root.json`.
    /// - Parameter isOwn: the object itself names the Secret, so that its own proxy and authorities count. Those of one
    ///   object must not stand between a policy and what the policy names.
    /// - Throws: `SecretError`, `TrustMaterialError`, `KubeError`.
    func trustedRootBytes(_ key: ObjectKey?, field: String, isOwn: Bool) async throws -> [UInt8] {
        guard let key else { return try await own().bytes }
        let secret = try await secret(key, field: field)
        if let version = try await mirrored(secret, isOwn: isOwn) { return version.bytes }
        return try Self.rootBytes(secret)
    }

    private static func rootBytes(_ secret: SecretValues) throws -> [UInt8] {
        guard let bytes = secret[rootEntry] else {
            throw SecretError(
                "Secret \(secret.key) has no entry \(rootEntry); put the trusted root there, or name a TUF repository "
                    + "by \(TrustedRootMirror.urlEntry) and \(TrustedRootMirror.rootEntry)"
            )
        }
        return bytes
    }

    /// The root of the repository that a Secret names; nil where it names none.
    private func mirrored(_ secret: SecretValues, isOwn: Bool) async throws -> SharedTrustedRoot.Version? {
        guard secret[TrustedRootMirror.urlEntry] != nil else { return nil }
        let connection = isOwn ? try await connection.profile(self) : ConnectionProfile()
        guard let mirror = try TrustedRootMirror(secret, else: connection) else { return nil }
        guard let mirrors else {
            throw TrustMaterialError("Secret \(secret.key) names a TUF repository, and nothing here can ask it")
        }
        let version = try await version(of: mirror, mirrors)
        note(.mirror(mirror, version.digest))
        return version
    }

    private func version(
        of mirror: TrustedRootMirror,
        _ mirrors: MirroredRoots
    ) async throws -> SharedTrustedRoot.Version {
        used.withLock { _ = $0.insert(mirror) }
        return try await mirrors.root(of: mirror).version(for: dependent)
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
            case .mirror(let mirror, _):
                guard let mirrors, let version = try? await version(of: mirror, mirrors) else { return false }
                now = .mirror(mirror, version.digest)
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

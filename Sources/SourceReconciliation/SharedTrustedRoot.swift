import CoreModel
package import KubeModel
package import Logging
package import ServiceLifecycle
import SignatureCrypto
import SigstoreTrust
import Synchronization

/// The controller's own trusted root, read once for all sources and looked at for changes by a service of its own.
package final class SharedTrustedRoot: Sendable {
    /// One version of the root.
    struct Version: Hashable, Sendable {
        /// SHA-256 of the bytes.
        let digest: Digest
        let bytes: [UInt8]
        let root: TrustedRoot
    }

    private struct State {
        /// What the last look found; nil before the first.
        var found: Result<Version, TrustMaterialError>?
        /// When that was.
        var looked: ContinuousClock.Instant?
        /// Who has asked for it.
        var dependents: Set<ObjectKey> = []
    }

    private let source: (any TrustedRootSource)?
    private let state = Mutex(State())

    /// - Parameter source: nil where the controller was given none.
    package init(_ source: (any TrustedRootSource)?) { self.source = source }

    /// The root as it was last seen. The dependent is told of changes from now on.
    /// - Throws: `TrustMaterialError` where there is none.
    func version(for dependent: ObjectKey) async throws -> Version {
        guard let source else {
            throw TrustMaterialError(
                "there is no trusted root to check certificates with: name a Secret with trusted_root.json in "
                    + "trustedRootSecretRef, or start the controller with --sigstore-trusted-root FILE, "
                    + "--sigstore-tuf-root DIR or --sigstore-tuf-mirror URL"
            )
        }
        let held = state.withLock { state in
            state.dependents.insert(dependent)
            return state.found
        }
        if let version = try held?.get() { return version }
        return try await look(source).get()
    }

    /// Whether anybody has asked for it and not ended that.
    var hasDependents: Bool { state.withLock { !$0.dependents.isEmpty } }

    /// Whether it is time for another look. One that failed is soon followed by another, since sources are waiting.
    var isDue: Bool {
        guard let source else { return false }
        return state.withLock { state in
            guard let looked = state.looked else { return false }
            let hasFailed = if case .failure? = state.found { true } else { false }
            let pause = hasFailed ? min(source.refreshInterval, Self.retryPause) : source.refreshInterval
            return ContinuousClock.now - looked >= pause
        }
    }

    /// The time between two looks while there is no root to be had.
    private static let retryPause = Duration.seconds(30)

    /// Ends the interest of a dependent.
    func forget(_ dependent: ObjectKey) { state.withLock { _ = $0.dependents.remove(dependent) } }

    /// Looks again, and gives those who have to know where it is another now.
    func refresh() async -> [ObjectKey] {
        guard let source, let held = state.withLock({ $0.found }) else { return [] }
        let found = await look(source)
        let isSame: Bool =
            switch (held, found) {
            case (.success(let a), .success(let b)): a.digest == b.digest
            case (.failure, .failure): true
            default: false
            }
        return isSame ? [] : state.withLock { Array($0.dependents) }
    }

    private func look(_ source: any TrustedRootSource) async -> Result<Version, TrustMaterialError> {
        let found: Result<Version, TrustMaterialError>
        do {
            let bytes = try await source.trustedRoot()
            let digest = try Digest.of(bytes)
            // What has not changed is not parsed again.
            if let held = state.withLock({ try? $0.found?.get() }), held.digest == digest {
                found = .success(held)
            } else {
                found = .success(Version(digest: digest, bytes: bytes, root: try TrustedRoot(parsing: bytes)))
            }
        } catch {
            // A shutdown says nothing about the root.
            if FailureKind(of: error) == .cancelled {
                return .failure(TrustMaterialError("the trusted root was not read", cause: error))
            }
            let next = "mend the file or the mirror that it names"
            found = .failure(
                TrustMaterialError("the trusted root of \(source.name) cannot be used; \(next)", cause: error)
            )
        }
        state.withLock { state in
            state.found = found
            state.looked = .now
        }
        return found
    }

    /// The service that looks for changes; `onChange` is given every source whose trust rests on it. Nil where there is
    /// nothing to look at.
    package func watcher(logger: Logger, onChange: @escaping @Sendable (ObjectKey) -> Void) -> (any Service)? {
        source.map { source in
            TrustedRootWatcher(
                pause: min(source.refreshInterval, Self.retryPause) / 2,
                look: { self.isDue ? await self.refresh() : [] },
                message: "the trusted root of \(source.name) has changed",
                logger: logger,
                onChange: onChange
            )
        }
    }
}

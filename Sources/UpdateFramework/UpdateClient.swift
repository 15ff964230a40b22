package import CoreModel
internal import SafeFiles
internal import SignatureCrypto

/// A target whose bytes are what the repository's roles have signed.
package struct VerifiedTarget: Sendable {
    /// Its path below the targets' folder, such as `trusted_root.json`.
    package let path: String
    package let bytes: [UInt8]
    /// SHA-256 of the bytes.
    package let digest: Digest
    /// Until when it may be used without another look: the first expiry of all that it rests on.
    package let expires: Timestamp
    /// The version of the root that it rests on.
    package let rootVersion: Int64
    /// Why the repository could not be asked, where this is what was trusted before; nil when nothing went wrong.
    package let staleness: String?
}

/// A client of one TUF repository (specification 1.0, section 5), such as Sigstore's or a private mirror of it.
///
/// Trust begins with a root that the caller vouches for, and whatever the repository or the disk holds is held against
/// it at each call. With a store, what was trusted before protects against older states of the repository, also after
/// a restart; without one, only expiry does.
package struct UpdateClient: Sendable {
    private let root: [UInt8]
    private let repository: any UpdateRepository
    private let store: TrustedStore?
    private let clock: any WallClock
    /// How much is taken.
    package var limits = UpdateLimits()
    /// When the repository is asked.
    package var refresh = RefreshPolicy.always

    /// - Parameters:
    ///   - root: a `root.json` that came by a way that is trusted. It may be old: the repository's later ones follow
    ///     from it.
    ///   - store: what was trusted before, for this repository alone.
    package init(root: [UInt8], repository: any UpdateRepository, store: TrustedStore?, clock: any WallClock) {
        self.root = root
        self.repository = repository
        self.store = store
        self.clock = clock
    }

    /// A target's verified bytes.
    /// - Throws: `UpdateError`; nothing is trusted then that was not trusted before.
    package func target(_ path: String) async throws -> VerifiedTarget {
        guard RepositoryPath.isSafe(path) else {
            throw UpdateError(.noSuchTarget, "The path '\(path.forMessage)' cannot be one of a TUF target")
        }
        let lock = try await store?.lock()
        defer { withExtendedLifetime(lock) {} }
        let last = try await store?.lastCheck()
        // A clock that was set back must not bring expired files back to life.
        let time = max(clock.now(), last ?? clock.now())
        switch refresh {
        case .never: return try await target(path, time, asking: false)
        case .after(let pause):
            if let last, time - last < pause, let held = try? await target(path, time, asking: false) { return held }
        case .always: break
        }
        do {
            return try await target(path, time, asking: true)
        } catch let error as UpdateError where error.code == .unavailable && error.kind != .cancelled {
            return try await held(path, time, insteadOf: error)
        }
    }

    private func target(
        _ path: String,
        _ time: Timestamp,
        asking: Bool,
        staleness: String? = nil
    ) async throws -> VerifiedTarget {
        let trusted = try TrustedMetadata(root: root, time: time)
        var session = UpdateSession(
            repository: asking ? repository : nil,
            store: store,
            limits: limits,
            trusted: trusted
        )
        try await session.refresh()
        let bytes = try await session.target(path)
        if asking { try await store?.noteCheck(time) }
        return VerifiedTarget(
            path: path,
            bytes: bytes,
            digest: try Digest.of(bytes),
            expires: session.trusted.expires,
            rootVersion: session.trusted.root.version,
            staleness: staleness
        )
    }

    /// What was trusted before, while the repository cannot be asked.
    private func held(_ path: String, _ time: Timestamp, insteadOf error: UpdateError) async throws -> VerifiedTarget {
        guard store != nil else { throw error }
        do {
            return try await target(path, time, asking: false, staleness: error.description)
        } catch let problem as UpdateError {
            throw UpdateError(
                .unavailable,
                "The TUF repository \(repository.name) cannot be used (\(error.description)), and what was trusted of "
                    + "it before does not help",
                cause: problem
            )
        }
    }
}

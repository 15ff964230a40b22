import CoreModel
import HTTPExchange
import Synchronization

/// The credentials of one cluster, kept until they expire or are refused.
final class ClusterIdentity: Sendable {
    /// What a request carries.
    struct Presented: Sendable {
        var token: Redacted<String>?
        var certificate: String?
        var privateKey: Redacted<String>?
        /// When to ask again; nil for never.
        var expires: Timestamp?
    }

    private let credentials: ClusterConfig.Credentials
    private let clock: any WallClock
    private let held = Mutex<Presented?>(nil)
    /// One plugin run at a time; the others use its result.
    private let flight = PermitPool(1)

    /// How long before its end a credential is no longer used.
    private static let leeway = Duration.seconds(10)
    /// How long the content of a token file is used (kubelet renews it long before it expires).
    private static let fileLifetime = Duration.seconds(60)

    init(_ credentials: ClusterConfig.Credentials, clock: any WallClock) {
        self.credentials = credentials
        self.clock = clock
    }

    /// - Throws: `credentials` when the file or the program gives none.
    func current() async throws -> Presented {
        switch credentials {
        case .none: return Presented()
        case .token(let token): return Presented(token: token)
        case .tokenFile, .plugin: break
        }
        if let held = fresh() { return held }
        return try await flight.withPermit {
            if let held = fresh() { return held }
            let obtained = try await obtain()
            held.withLock { $0 = obtained }
            return obtained
        }
    }

    /// Forgets credentials that the server refused. Returns whether asking again may give others.
    func discard() -> Bool {
        switch credentials {
        case .none, .token: return false
        case .tokenFile, .plugin:
            held.withLock { $0 = nil }
            return true
        }
    }

    private func fresh() -> Presented? {
        guard let held = held.withLock({ $0 }) else { return nil }
        guard let expires = held.expires else { return held }
        return clock.now() + Self.leeway < expires ? held : nil
    }

    private func obtain() async throws -> Presented {
        switch credentials {
        case .none, .token:
            return Presented()
        case .tokenFile(let path):
            let text = try LocalFile.readText(path, limit: 1 << 20, code: .credentials)
            let token = text.trimmingASCIISpace()
            guard !token.isEmpty else { throw KubeError(.credentials, "The token file \(path) is empty") }
            let expires = clock.now() + Self.fileLifetime + Self.leeway
            return Presented(token: Redacted(token), expires: expires)
        case .plugin(let plugin):
            return try await PluginRun(plugin).credentials()
        }
    }
}

extension String {
    /// Without ASCII spaces and line breaks at both ends.
    func trimmingASCIISpace() -> String {
        let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\n" || $0 == "\t" || $0 == "\r" || $0 == "\r\n" }
        var rest = Substring(self).drop(while: isSpace)
        while let last = rest.last, isSpace(last) { rest.removeLast() }
        return String(rest)
    }
}

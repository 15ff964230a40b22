import CoreModel
import ManifestTree

/// A token of a token service, and until when we use it.
struct BearerToken: Hashable, Sendable {
    let value: Redacted<String>
    /// When 80 % of its life are over.
    let usableUntil: Timestamp

    /// Life of a token that says nothing of it (Docker's token spec).
    private static let defaultLife: Int64 = 60

    /// Reads a token service's answer.
    /// - Throws: `RegistryError.protocolViolation`; the answer itself is never quoted, for it may hold a token.
    init(parsing bytes: [UInt8], now: Timestamp, realm: String) throws {
        guard let tree = try? JSONReader.parse(bytes, limits: DocumentLimits(depth: 32)),
            let token = Self.text(tree["token"]) ?? Self.text(tree["access_token"]),
            token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else {
            throw RegistryError(.protocolViolation, "Token service \(realm) answered without a usable token")
        }
        let life = tree["expires_in"]?.integer.flatMap { (1...31_536_000).contains($0) ? $0 : nil } ?? Self.defaultLife
        let issued = tree["issued_at"]?.string.flatMap { Timestamp($0) }
        // A token from the service's own cache is older than its answer. An age beyond its life only tells that the
        // clocks differ.
        var age = issued.map { (now - $0).components.seconds } ?? 0
        if !(0..<life).contains(age) { age = 0 }
        value = Redacted(token)
        usableUntil = now + .milliseconds((life - age) * 800)
    }

    private static func text(_ tree: Tree?) -> String? {
        guard let text = tree?.string, !text.isEmpty else { return nil }
        return text
    }
}

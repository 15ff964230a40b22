import ArtifactTrust
import CoreModel
import SafeFiles
import SignatureCrypto

extension TrustOptions {
    /// What the flags ask for, as a policy.
    /// - Throws: `ToolError`, or what is wrong with a file.
    func policy(
        _ way: Way,
        root: TrustedRootOptions,
        annotations: [String: String],
        _ context: ToolContext
    ) async throws -> TrustPolicy {
        let requirements = TrustRequirements(annotations: annotations)
        guard way == .keys, !root.isGiven else {
            throw ToolError(.usage, "This version verifies with keys alone; give --key and no trusted root")
        }
        switch way {
        case .keys: return try TrustPolicy(keys: try keys(), requirements: requirements)
        case .identity, .notation, .document: throw ToolError(.usage, "This version verifies with keys alone")
        }
    }

    private func keys() throws -> [NamedKey] {
        try key.map { path in
            let bytes = try Self.read(path)
            do {
                return NamedKey(name: path, key: try PublicKey(pem: bytes))
            } catch {
                throw ToolError(.file, "The file '\(path)' is not a usable public key; give one as PEM", cause: error)
            }
        }
    }

    static func read(_ path: String) throws -> [UInt8] { try LocalPath(path).file().file.readAll(limit: 1 << 20) }
}

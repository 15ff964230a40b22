import ArtifactTrust
import NotationTrust
import SystemPackage

extension TrustOptions {
    /// What notation's files ask for.
    /// - Throws: `ToolError`, `NotationError` for a file that cannot be used.
    func notationAuthority() throws -> TrustAuthority {
        guard let trustPolicy else {
            throw ToolError(.usage, "--trust-policy is missing; name notation's trust policy document")
        }
        guard !caCert.isEmpty else {
            throw ToolError(.usage, "--ca-cert is missing; name the certificates of notation's trust stores")
        }
        var entries = ["trustpolicy.json": try Self.read(trustPolicy)]
        for (paths, ending) in [(caCert, ".crt"), (crl, ".crl")] {
            for path in paths {
                let name = try Self.entry(path, ending, entries)
                entries[name] = try Self.read(path)
            }
        }
        let material = try NotationMaterial(source: "the files of the command line", entries: entries)
        return TrustAuthority(name: trustPolicy, method: .notation(NotationMethod(material)))
    }

    /// The file's own name, which may say to which trust store it belongs.
    private static func entry(_ path: String, _ ending: String, _ taken: [String: [UInt8]]) throws -> String {
        var name = FilePath(path).lastComponent?.string ?? path
        let endings = ending == ".crl" ? [".crl"] : [".crt", ".pem", ".cer"]
        if !endings.contains(where: { name.hasSuffix($0) }) { name += ending }
        guard taken[name] == nil else {
            throw ToolError(.usage, "Two files are called '\(name)'; rename one of them, or put them into one file")
        }
        return name
    }
}

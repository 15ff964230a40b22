import Foundation
import TestSupport

/// Makes, pushes and signs artifacts with other people's tools and with our own.
struct Artifacts {
    let environment: Environment

    /// A folder with these files.
    func folder(_ files: [String: String]) throws -> URL {
        let folder = environment.folder.appendingPathComponent("tree-\(UUID().uuidString)")
        for (name, text) in files {
            let file = folder.appendingPathComponent(name)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(),
                withIntermediateDirectories: true
            )
            try Data(text.utf8).write(to: file)
        }
        return folder
    }

    func reference(_ name: String, _ tag: String) -> String { "\(environment.registry.host)/\(name):\(tag)" }

    /// `sluice push artifact`; returns the digest.
    @discardableResult
    func push(_ files: [String: String], _ name: String, _ tag: String) throws -> String {
        let output = try environment.sluice.succeed([
            "push", "artifact", "oci://\(reference(name, tag))", "--path", try folder(files).path,
            "--source", "https://example.com/repo", "--revision", "main@sha1:\(String(repeating: "a", count: 40))",
            "--insecure-registry", "-o", "json",
        ])
        let decoded = try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any]
        guard let digest = decoded?["digest"] as? String else {
            throw Tool.Failure(description: "no digest in \(output)")
        }
        return digest
    }

    /// `oras push` of a tarball.
    func pushWithOras(_ files: [String: String], _ name: String, _ tag: String) throws {
        let tarball = try tarball(files)
        var oras = try Tool.peer("oras")
        oras.directory = tarball.deletingLastPathComponent()
        try oras.succeed([
            "push", "--plain-http", reference(name, tag),
            "\(tarball.lastPathComponent):application/vnd.cncf.flux.content.v1.tar+gzip",
        ])
    }

    /// `crane append` of a tarball to nothing.
    func pushWithCrane(_ files: [String: String], _ name: String, _ tag: String) throws {
        try Tool.peer("crane").succeed([
            "append", "--insecure", "--oci-empty-base", "-f", try tarball(files).path, "-t", reference(name, tag),
        ])
    }

    /// `tar czf` of a folder with these files.
    func tarball(_ files: [String: String]) throws -> URL {
        let tarball = environment.folder.appendingPathComponent("\(UUID().uuidString).tar.gz")
        try Tool(path: "/bin/tar").succeed(["czf", tarball.path, "-C", try folder(files).path, "."])
        return tarball
    }

    /// A key pair of cosign's own making: the paths of the private and the public key.
    func keyPair(_ name: String) throws -> (secret: String, publicKey: String) {
        var cosign = try Tool.peer("cosign")
        cosign.environment["COSIGN_PASSWORD"] = ""
        try cosign.succeed([
            "generate-key-pair", "--output-key-prefix", environment.folder.appendingPathComponent(name).path,
        ])
        let prefix = environment.folder.appendingPathComponent(name).path
        return ("\(prefix).key", "\(prefix).pub")
    }

    /// `cosign sign` by digest, without a transparency log.
    func sign(_ name: String, digest: String, key: String) throws {
        var cosign = try Tool.peer("cosign")
        cosign.environment["COSIGN_PASSWORD"] = ""
        try cosign.succeed([
            "sign", "--yes", "--tlog-upload=false", "--allow-http-registry", "--allow-insecure-registry", "--key", key,
            "\(environment.registry.host)/\(name)@\(digest)",
        ])
    }

    /// Attaches a Sigstore bundle of the mill's signer, as cosign lays it beside an artifact.
    func attachBundle(by mill: SigstoreMill, _ name: String, digest: String) throws {
        let statement = """
            {"_type":"https://in-toto.io/Statement/v1","subject":[{"digest":{"sha256":\
            "\(digest.dropFirst("sha256:".count))"}}],"predicateType":\
            "https://sigstore.dev/cosign/sign/v1","predicate":{}}
            """
        let bundle = try mill.bundle(statement)
        try Data(try bundle.bytes()).write(to: environment.folder.appendingPathComponent("bundle.json"))
        var oras = try Tool.peer("oras")
        oras.directory = environment.folder
        try oras.succeed([
            "attach", "--plain-http", "--artifact-type", bundle.mediaType,
            "\(environment.registry.host)/\(name)@\(digest)", "bundle.json:\(bundle.mediaType)",
        ])
    }

    /// The digest that a tag stands for.
    func digest(_ name: String, _ tag: String) throws -> String {
        try Tool.peer("crane").succeed(["digest", "--insecure", reference(name, tag)])
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }
}

/// Manifests that tests apply.
enum Manifests {
    static func configMap(_ name: String, _ data: [String: String]) -> String {
        let lines = data.sorted { $0.key < $1.key }.map { "  \($0.key): \"\($0.value)\"" }.joined(separator: "\n")
        return "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: \(name)\n  namespace: default\ndata:\n\(lines)\n"
    }

    static func source(_ environment: Environment, _ name: String, _ spec: String = "  ref:\n    tag: latest\n")
        -> String
    {
        """
        apiVersion: source.toolkit.fluxcd.io/v1
        kind: OCIRepository
        metadata:
          name: \(name)
          namespace: default
        spec:
          interval: 2s
          timeout: 20s
          url: oci://\(environment.registry.host)/\(name)
          insecure: true
        \(spec)
        """
    }

    static func kustomization(_ name: String, _ spec: String = "") -> String {
        """
        apiVersion: kustomize.toolkit.fluxcd.io/v1
        kind: Kustomization
        metadata:
          name: \(name)
          namespace: default
        spec:
          interval: 5s
          retryInterval: 1s
          prune: true
          sourceRef:
            kind: OCIRepository
            name: \(name)
        \(spec)
        """
    }

    /// A policy of the namespace `default`, or of the cluster, with one inline key.
    static func policy(_ name: String, _ pattern: String, key: String, ofCluster: Bool = false) -> String {
        let lines = key.split(separator: "\n").map { "          \($0)" }.joined(separator: "\n")
        return """
            apiVersion: sluice.dev/v1alpha1
            kind: \(ofCluster ? "Cluster" : "")VerificationPolicy
            metadata:
              name: \(name)
              namespace: default
            spec:
              repositories: ["\(pattern)"]
              authorities:
              - name: release
                cosign:
                  keys:
                  - |-
            \(lines)
            """
    }

    static func verifying(_ secret: String) -> String {
        "  ref:\n    tag: latest\n  verify:\n    provider: cosign\n    secretRef:\n      name: \(secret)\n"
    }
}

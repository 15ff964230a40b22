import CurlTransport
import HTTPExchange
import ManifestTree
import SignatureCrypto
import TestSupport

@testable import ToolCommands

/// A signer with a certificate of a Sigstore instance, who signs what is in a registry.
struct KeylessScene: Sendable {
    let mill: SigstoreMill
    let transport: CurlTransport
    let files: Scratch
    /// A timestamp authority of the instance, which answers as of the instance's own time.
    let stamper: LoopbackServer

    static let identity = [
        "--certificate-identity", SigstoreMill.Identity.subject, "--certificate-oidc-issuer",
        SigstoreMill.Identity().issuer,
    ]

    init() throws {
        let mill = try SigstoreMill()
        let authority = mill.timestamper
        self.mill = mill
        transport = try CurlTransport(userAgent: "sluice-test")
        stamper = try LoopbackServer { request in
            guard request.path == "/tsa", request.headers["Content-Type"] == "application/timestamp-query",
                let answer = try? authority.answer(request.body, at: SigstoreMill.time)
            else { return .text(404, "no timestamps here") }
            return ScriptedReply(201, headers: ["Content-Type": "application/timestamp-reply"], body: answer)
        }
        files = try Scratch([
            "key.pem": mill.signer.privatePEM, "leaf.pem": TestKeyPair.pem("CERTIFICATE", try mill.certificate()),
            "chain.pem": mill.authority.pem + mill.root.pem,
            "tsa-root.pem": mill.timestamper.issuer.pem,
            "tsa.pem": TestKeyPair.pem("CERTIFICATE", mill.timestamper.certificate) + mill.timestamper.issuer.pem,
            "root.json": try mill.trustedRoot().jsonString(), "ctlog.pub": mill.certificateLog.publicPEM,
        ])
    }

    func path(_ name: String) -> String { "\(files.path)/\(name)" }

    func sign(_ reference: String, _ more: [String] = []) async -> ToolRun {
        await run(
            [
                "sign", "artifact", reference, "--key", path("key.pem"), "--certificate", path("leaf.pem"),
                "--certificate-chain", path("chain.pem"), "--timestamp-server-url", "\(stamper.url("/tsa"))",
            ] + more
        )
    }

    func verify(_ reference: String, _ more: [String]) async -> ToolRun {
        await run(["verify", "artifact", reference] + more)
    }

    func run(_ arguments: [String]) async -> ToolRun {
        await ToolRun.of(arguments + ["--insecure-registry"], over: transport, environment: ["HOME": files.path])
    }
}

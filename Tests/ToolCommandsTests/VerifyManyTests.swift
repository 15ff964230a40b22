import CoreModel
import CurlTransport
import HTTPExchange
import ManifestTree
import SafeFiles
import SignatureCrypto
import TestSupport
import Testing

@testable import ToolCommands

/// `sluice verify artifact` with many references at once.
@Suite struct VerifyManyTests {
    private let transport: CurlTransport
    private let registry: ScriptedRegistry
    private let files: Scratch

    /// Artifacts `v0` to `v9`, of which the even ones are signed.
    init() async throws {
        transport = try CurlTransport(userAgent: "sluice-test")
        registry = try ScriptedRegistry()
        files = try Scratch(["key.pem": TestKeys.signing, "key.pub": TestKeys.verifying])
        for number in 0..<10 {
            _ = try registry.addArtifact("acme/app", tag: "v\(number)", layer: Array("layer \(number)".utf8))
            guard number.isMultiple(of: 2) else { continue }
            let signed = await run(["sign", "artifact", reference(number), "--key", "\(files.path)/key.pem"])
            #expect(signed.status == 0, "\(signed.errors)")
        }
    }

    private func reference(_ number: Int) -> String { "oci://\(registry.host)/acme/app:v\(number)" }

    private func run(_ arguments: [String], input: String = "") async -> ToolRun {
        await ToolRun.of(arguments + ["--insecure-registry"], over: transport) { context in
            context.standardInput = { Array(input.utf8) }
        }
    }

    private func verify(_ references: [String], _ more: [String] = [], input: String = "") async -> ToolRun {
        await run(["verify", "artifact"] + references + ["--key", "\(files.path)/key.pub"] + more, input: input)
    }

    @Test func allOfThemCount() async throws {
        let good = await verify([0, 2, 4].map(reference))
        #expect(good.status == 0, "\(good.errors)")
        let lines = good.errors.split(separator: "\n")
        #expect(lines.count == 3)
        for (line, number) in zip(lines, [0, 2, 4]) {
            #expect(line.hasPrefix("✔ \(registry.host)/acme/app:v\(number): verified signature"))
        }
        let mixed = await verify([0, 1, 2].map(reference))
        #expect(mixed.status == 1)
        #expect(mixed.errors.contains("✗ \(registry.host)/acme/app:v1: failed to verify the signature"))
        #expect(mixed.errors.contains("✗ 1 of 3 artifacts are not verified"))
    }

    @Test func oneThatIsMissingKeepsNobodyFromTheOthers() async throws {
        let run = await verify([reference(0), "oci://\(registry.host)/acme/app:gone", reference(2)], ["-o", "json"])
        #expect(run.status == 1)
        let list = try #require(JSONReader.parse(Array(run.output.utf8)).list)
        #expect(list.map { $0["verified"]?.bool } == [true, false, true])
        #expect(list[1]["reference"]?.string == "\(registry.host)/acme/app:gone")
        #expect(list[1]["message"]?.string?.isEmpty == false)
    }

    @Test func referencesComeFromStandardInput() async throws {
        let input = "# what the cluster runs\n\(reference(0))\n\n  \(reference(2))  \n\(reference(4))\r\n"
        let good = await verify(["-"], ["-o", "json"], input: input)
        #expect(good.status == 0, "\(good.errors)")
        #expect(try JSONReader.parse(Array(good.output.utf8)).list?.count == 3)
        let both = await verify([reference(6), "-"], ["-o", "json"], input: input)
        #expect(try JSONReader.parse(Array(both.output.utf8)).list?.count == 4)
        #expect(await verify(["-"], input: "\n# nothing\n").status == 1)
    }

    @Test func eachCostsThreeRequestsOverSharedConnections() async throws {
        let before = registry.count()
        let run = await verify([0, 2, 4, 6, 8].map(reference))
        #expect(run.status == 0, "\(run.errors)")
        // HEAD of the tag, and the two that the verification itself may cost; what the registry is, is asked once.
        let requests = registry.requests().dropFirst(before)
        #expect(requests.count { $0.target == "/v2/" } <= 1)
        #expect(requests.count { $0.target != "/v2/" } == 15, "\(requests.map(\.target))")
    }

    /// A policy of a cluster, with the Secret that it names.
    private func policy(_ repositories: String, _ more: String = "") throws -> String {
        let key = TestKeys.verifying.split(separator: "\n").map { "    \($0)\n" }.joined()
        let text = """
            apiVersion: sluice.dev/v1alpha1
            kind: VerificationPolicy
            metadata: {name: releases}
            spec:
              repositories: ["\(repositories)"]
              authorities:
              - name: release
                cosign: {secretRef: {name: keys}}
            \(more)
            ---
            apiVersion: v1
            kind: Secret
            metadata: {name: keys}
            stringData:
              key.pub: |
            \(key)
            """
        try files.directory.directory.writeAtomically("policy.yaml", Array(text.utf8))
        return "\(files.path)/policy.yaml"
    }

    @Test func policiesInAFileCountForTheirRepositories() async throws {
        let covering = try policy("\(registry.host)/acme/**")
        #expect(await run(["verify", "artifact", reference(0), "--policy", covering]).status == 0)
        let unsigned = await run(["verify", "artifact", reference(1), "--policy", covering])
        #expect(unsigned.status == 1 && unsigned.errors.contains("failed to verify"), "\(unsigned.errors)")
        let denied = try policy("\(registry.host)/acme/**", "  annotations: {team: red}")
        #expect(await run(["verify", "artifact", reference(0), "--policy", denied]).status == 1)
        let elsewhere = try policy("\(registry.host)/other/**")
        let uncovered = await run(["verify", "artifact", reference(0), "--policy", elsewhere])
        #expect(uncovered.status == 1 && uncovered.errors.contains("is about this repository"), "\(uncovered.errors)")
    }

    @Test(arguments: [["--key", "x"], ["--provider", "notation"], ["-a", "a=b"]])
    func policiesGoWithNoOtherTrust(flags: [String]) async throws {
        let file = try policy("\(registry.host)/**")
        let run = await run(["verify", "artifact", reference(0), "--policy", file] + flags)
        #expect(run.status == 1 && run.errors.contains("--policy"), "\(run.errors)")
    }

    /// What is said of when the artifact was seen, and what of the verdict then.
    static let seen: [(why: String, flags: [String], says: String?)] = [
        ("nobody says when", [], "--first-seen"), ("long enough ago", ["--first-seen", "2026-01-01T00:00:00Z"], nil),
        ("too short ago", ["--first-seen", "2026-01-02T12:00:00Z"], "passes from 2026-01-03T12:00:00Z on"),
        ("by its digest", ["--first-seen", "DIGEST=2026-01-01T00:00:00Z"], nil),
        (
            "its digest goes before all others",
            ["--first-seen", "2026-01-01T00:00:00Z", "--first-seen", "DIGEST=2026-01-02T12:00:00Z"], "passes from"
        ),
        ("another's", ["--first-seen", "\(other)=2026-01-01T00:00:00Z"], "it is not known when"),
        ("no time", ["--first-seen", "yesterday"], "give a time such as"),
        ("no digest", ["--first-seen", "v1=2026-01-01T00:00:00Z"], "stands a digest"),
        (
            "twice", ["--first-seen", "2026-01-01T00:00:00Z", "--first-seen", "2026-01-02T00:00:00Z"],
            "leave one of them out"
        ),
    ]
    static let other = "sha256:" + String(repeating: "0", count: 64)

    @Test(arguments: seen)
    func anAgeIsWhatWhoeverKeepsTheRecordSays(why: String, flags: [String], says: String?) async throws {
        let file = try policy("\(registry.host)/acme/**", "  minimumAge: 24h")
        let digest = try #require(registry.digest("acme/app", "v0"))
        let flags = flags.map { $0.replacing("DIGEST", with: "\(digest)") }
        let arguments = ["verify", "artifact", reference(0), "--policy", file, "--insecure-registry"]
        let run = await ToolRun.of(arguments + flags, over: transport) { context in
            context.clock = ManualClock(Timestamp("2026-01-02T18:00:00Z") ?? Timestamp(seconds: 0))
        }
        #expect(run.status == (says == nil ? 0 : 1), "\(why): \(run.errors)")
        if let says { #expect(run.errors.contains(says), "\(why): \(run.errors)") }
    }
}

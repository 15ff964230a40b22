import CoreModel
import CurlTransport
import HTTPExchange
import ManifestTree
import OCIDistribution
import SignatureCrypto
import TestSupport
import Testing

@testable import ToolCommands

@Suite struct SigningCommandTests {
    private let transport: CurlTransport
    private let registry: ScriptedRegistry
    private let files: Scratch
    private let artifact: ScriptedArtifact

    init() throws {
        transport = try CurlTransport(userAgent: "sluice-test")
        registry = try ScriptedRegistry()
        files = try Scratch(["key.pem": TestKeys.signing, "key.pub": TestKeys.verifying])
        artifact = try registry.addArtifact("acme/app", tag: "v1", layer: Array("a layer".utf8))
    }

    private func sign(
        _ more: [String] = [],
        of reference: String = "acme/app:v1",
        environment: [String: String] = [:],
        adjusting: (inout ToolContext) -> Void = { _ in }
    ) async -> ToolRun {
        let key = more.contains("--key") ? [] : ["--key", "\(files.path)/key.pem"]
        return await ToolRun.of(
            ["sign", "artifact", "oci://\(registry.host)/\(reference)", "--insecure-registry"] + key + more,
            over: transport,
            environment: environment,
            adjusting: adjusting
        )
    }

    private func verify(_ more: [String] = [], of reference: String = "acme/app:v1") async -> ToolRun {
        await ToolRun.of(
            [
                "verify", "artifact", "oci://\(registry.host)/\(reference)", "--key", "\(files.path)/key.pub",
                "--insecure-registry",
            ] + more,
            over: transport
        )
    }

    @Test func aSignatureUnderTheTagTakesTwoRequests() async throws {
        #expect(await sign().status == 0)
        let before = registry.count()
        let verified = await verify()
        #expect(verified.status == 0, "\(verified.errors)")
        let requests = registry.requests().dropFirst(before).filter { $0.target != "/v2/" && $0.method != "HEAD" }
        #expect(requests.count == 2, "\(requests.map(\.target))")
        // The payload is known from its digest; the registry only has to say that it has it.
        #expect(requests.last?.headers["If-None-Match"] != nil)

        let payload = try #require(requests.last?.target.split(separator: "/").last.flatMap { Digest(String($0)) })
        registry.remove("acme/app", payload)
        let missing = await verify()
        #expect(missing.status == 1)
        #expect(missing.errors.contains("its payload is missing from the repository"), "\(missing.errors)")
    }

    static let lists: [(String, Bool, Int)] = [
        ("the registry lists referrers", true, 4), ("clients keep the list under a tag", false, 5),
    ]

    @Test(arguments: lists)
    func aBundleTakesAFewMore(why: String, isKept: Bool, expected: Int) async throws {
        registry.answerReferrers { $0.isKept = isKept }
        let signed = await sign(["--signature-format", "bundle"])
        #expect(signed.status == 0, "\(signed.errors)")
        let before = registry.count()
        let verified = await verify(["-o", "json"])
        #expect(verified.status == 0, "\(verified.errors)")
        let requests = registry.requests().dropFirst(before).filter { $0.target != "/v2/" && $0.method != "HEAD" }
        #expect(requests.count == expected, "\(why): \(requests.map(\.target))")
        let verdict = try JSONReader.parse(Array(verified.output.utf8))
        #expect(verdict["signatures"]?.list?.first?["format"]?.string == "bundle")
        #expect(
            verdict["policies"]?.list?.first?["authorities"]?.list?.first?["reason"]?.string
                == "it made a signature of this revision"
        )
    }

    @Test func signingAgainChangesNothing() async throws {
        let both = ["--signature-format", "both", "-a", "env=prod", "-o", "json"]
        let first = await sign(both)
        #expect(try Self.entries(first).map(\.isNew) == [true, true])
        let puts = registry.count(.put)
        let second = await sign(both)
        #expect(try Self.entries(second).map(\.isNew) == [false, false])
        #expect(registry.count(.put) == puts, "nothing is written")
        #expect(try Self.entries(second).map(\.place) == Self.entries(first).map(\.place))
        #expect(await verify(["-a", "env=prod"]).status == 0)
        let refused = await verify(["-a", "env=dev"])
        #expect(refused.status == 1)
        #expect(refused.errors.contains("the policy asks for \"dev\""), "\(refused.errors)")
    }

    @Test func aSignerWhoWritesMeanwhileLosesNothing() async throws {
        #expect(await sign(["-a", "by=first"]).status == 0)
        let tag = "sha256-\(artifact.manifest.hex).sig"
        let theirs = try #require(registry.digest("acme/app", tag))
        #expect(await sign(["-a", "by=second"]).status == 0)
        // Signing puts the object once; the other signer's write comes right after it.
        let registry = registry
        registry.breakNext(.put, "/v2/acme/app/manifests/\(tag)", times: 1) { reply in
            registry.tag("acme/app", tag, theirs)
            return reply
        }
        let signed = await sign(["-a", "by=third"])
        #expect(signed.status == 0, "\(signed.errors)")
        for name in ["first", "third"] { #expect(await verify(["-a", "by=\(name)"]).status == 0, "\(name)") }
    }

    @Test func recursivelySignsAnIndexAndItsChildren() async throws {
        let other = try registry.addArtifact("acme/app", tag: nil, layer: Array("another".utf8))
        let children = [artifact, other].map {
            Descriptor(mediaType: MediaType.ociManifest, digest: $0.manifest, size: Int64($0.manifestBytes.count))
        }
        let index = try registry.addManifest(
            "acme/app",
            ImageIndex(manifests: children).encode(),
            type: MediaType.ociIndex,
            tag: "all"
        )
        #expect(try await Self.entries(sign(["-o", "json"], of: "acme/app:all")).map(\.digest) == ["\(index)"])
        #expect(await verify(of: "acme/app:all").status == 0)
        #expect(await verify(of: "acme/app@\(other.manifest)").status == 1, "a child is signed by itself alone")
        let signed = await sign(["--recursive", "-o", "json"], of: "acme/app:all")
        #expect(
            try Self.entries(signed).map(\.digest).sorted()
                == [index, artifact.manifest, other.manifest].map(\.description).sorted()
        )
        #expect(await verify(of: "acme/app@\(other.manifest)").status == 0)
    }

    static let refusals: [(String, [String], String)] = [
        ("a variable that is not set", ["--key", "env://NOTHING"], "The variable 'NOTHING'"),
        ("a key elsewhere", ["--key", "awskms:///alias/x"], "kept where this version cannot sign"),
        ("no such file", ["--key", "/nowhere/key.pem"], "The file '/nowhere/key.pem' cannot be read"),
        ("an upload", ["--tlog-upload=true"], "not uploaded to a transparency log"),
        ("an annotation without a value", ["-a", "env"], "The annotation 'env' cannot be read"),
        ("an annotation with two values", ["-a", "env=a", "-a", "env=b"], "The annotation 'env' has two values"),
    ]

    @Test(arguments: refusals)
    func refusesWithOneSentence(why: String, arguments: [String], says: String) async throws {
        let refused = await sign(arguments)
        #expect(refused.status == 1, "\(why)")
        #expect(refused.errors.contains(says), "\(refused.errors)")
        #expect(refused.errors.split(separator: "\n").count == 1)
        #expect(registry.count(.put) == 0, "nothing is written")
    }

    @Test func somethingElseInTheSignaturesPlaceIsLeftAlone() async throws {
        let tag = "sha256-\(artifact.manifest.hex).sig"
        let index = try registry.addManifest(
            "acme/app",
            ImageIndex(manifests: []).encode(),
            type: MediaType.ociIndex,
            tag: tag
        )
        let refused = await sign()
        #expect(refused.status == 1)
        #expect(refused.errors.contains("holds an index where cosign keeps signatures"), "\(refused.errors)")
        #expect(registry.digest("acme/app", tag) == index)
    }

    static let passwords: [(String, [String], [String: String], String?, Int32)] = [
        ("in the environment", [], ["COSIGN_PASSWORD": "correct horse"], nil, 0),
        ("in a file with a line feed", ["--key-password-file", "password"], [:], nil, 0),
        ("the file wins", ["--key-password-file", "password"], ["COSIGN_PASSWORD": "canary"], nil, 0),
        ("typed", [], [:], "correct horse", 0), ("typed wrongly", [], [:], "canary", 1),
        ("wrong in the environment", [], ["COSIGN_PASSWORD": "canary"], "correct horse", 1),
        ("nobody to ask", [], [:], nil, 1),
    ]

    @Test(arguments: passwords)
    func findsThePassword(
        why: String,
        arguments: [String],
        environment: [String: String],
        typed: String?,
        status: Int32
    ) async throws {
        let password = try Scratch(["password": "correct horse\n"])
        let more = arguments.map { $0 == "password" ? "\(password.path)/password" : $0 }
        let run = await sign(
            ["--key", "env://SIGNING_KEY"] + more,
            environment: environment.merging(["SIGNING_KEY": TestKeys.protected]) { $1 }
        ) { context in
            context.askPassword = { prompt in
                #expect(prompt.contains("env://SIGNING_KEY"))
                return typed.map { SecretBytes($0) }
            }
        }
        #expect(run.status == status, "\(why): \(run.errors)")
        #expect(!run.errors.contains("canary"))
    }

    private struct Entry {
        let digest: String
        let place: String
        let isNew: Bool
    }

    private static func entries(_ run: ToolRun) throws -> [Entry] {
        try #require(JSONReader.parse(Array(run.output.utf8)).list, "\(run.errors)").map { tree in
            Entry(
                digest: tree["digest"]?.string ?? "",
                place: tree["signature"]?.string ?? "",
                isNew: tree["new"]?.bool ?? false
            )
        }
    }
}

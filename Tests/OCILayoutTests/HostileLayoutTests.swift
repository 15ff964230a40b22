import CoreModel
import Glibc
import OCIDistribution
import OCILayout
import SafeFiles
import SignatureCrypto
import SystemPackage
import Testing

/// Layouts that somebody made to do harm, or that broke on the way.
@Suite struct HostileLayoutTests {
    struct Attack: Sendable, CustomTestStringConvertible {
        let why: String
        /// What is changed of a good layout that holds one artifact, `v1`.
        let change: @Sendable (LayoutFixture, Digest) throws -> Void
        let code: RegistryError.Code
        /// Part of the message.
        let says: String

        var testDescription: String { why }
    }

    private static func index(_ digest: String, size: Int = 1) -> String {
        """
        {"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json",\
        "digest":"\(digest)","size":\(size),"annotations":{"org.opencontainers.image.ref.name":"v1"}}]}
        """
    }

    static let attacks: [Attack] = [
        Attack(
            why: "a digest that is a path",
            change: { fixture, _ in try fixture.write("layout/index.json", index("sha256:../../../etc/passwd")) },
            code: .invalidManifest,
            says: "manifests[0].digest is not a digest that is supported"
        ),
        Attack(
            why: "an algorithm that is a path",
            change: { fixture, _ in try fixture.write("layout/index.json", index("../sha256:00")) },
            code: .invalidManifest,
            says: "manifests[0].digest is not a digest that is supported"
        ),
        Attack(
            why: "a manifest that is a link out of the layout",
            change: { fixture, digest in
                try fixture.write("outside", "secret")
                let name = "layout/blobs/sha256/\(digest.hex)"
                try fixture.root.remove(name)
                try fixture.root.replaceSymbolicLink(name, target: "../../../outside")
            },
            code: .invalidManifest,
            says: "is a symbolic link"
        ),
        Attack(
            why: "blobs that are a link out of the layout",
            change: { fixture, _ in
                try fixture.root.rename("layout/blobs", to: "elsewhere")
                try fixture.root.replaceSymbolicLink("layout/blobs", target: "../elsewhere")
            },
            code: .invalidManifest,
            says: "is a symbolic link"
        ),
        Attack(
            why: "an index that is a link",
            change: { fixture, _ in
                try fixture.root.rename("layout/index.json", to: "index")
                try fixture.root.replaceSymbolicLink("layout/index.json", target: "../index")
            },
            code: .invalidManifest,
            says: "is a symbolic link"
        ),
        Attack(
            why: "an index that never ends",
            change: { fixture, _ in
                try fixture.write("layout/index.json", String(repeating: " ", count: (16 << 20) + 1))
            },
            code: .invalidManifest,
            says: "holds more than the 16777216 bytes"
        ),
        Attack(
            why: "a manifest that is a pipe on which readers wait for ever",
            change: { fixture, digest in
                let name = "layout/blobs/sha256/\(digest.hex)"
                try fixture.root.remove(name)
                #expect(unsafe mkfifo("\(fixture.root.path)/\(name)", 0o600) == 0)
            },
            code: .invalidManifest,
            says: "is not a regular file"
        ),
        Attack(
            why: "a manifest with other bytes of the same length",
            change: { fixture, digest in
                let name = "layout/blobs/sha256/\(digest.hex)"
                let length = try fixture.root.read(name, limit: 10_000).count
                try fixture.write(name, String(repeating: "x", count: length))
            },
            code: .digestMismatch,
            says: "has other content"
        ),
        Attack(
            why: "a manifest of another size than the index says",
            change: { fixture, digest in try fixture.write("layout/index.json", index(digest.description)) },
            code: .digestMismatch,
            says: "where its descriptor says 1"
        ),
        Attack(
            why: "a manifest that is too large",
            change: { fixture, digest in
                let size = (4 << 20) + 1
                try fixture.write("layout/index.json", index(digest.description, size: size))
                try fixture.write("layout/blobs/sha256/\(digest.hex)", String(repeating: " ", count: size))
            },
            code: .invalidManifest,
            says: "holds more than the 4194304 bytes"
        ),
        Attack(
            why: "an index that is a manifest too",
            change: { fixture, _ in
                try fixture.write("layout/index.json", #"{"schemaVersion":2,"manifests":[],"layers":[]}"#)
            },
            code: .invalidManifest,
            says: "mixes the fields"
        ),
        Attack(
            why: "an index that is not there",
            change: { fixture, _ in try fixture.root.remove("layout/index.json") },
            code: .notFound,
            says: "The index of"
        ),
        Attack(
            why: "a layout of another version",
            change: { fixture, _ in try fixture.write("layout/oci-layout", #"{"imageLayoutVersion":"2.0.0"}"#) },
            code: .invalidManifest,
            says: "has the version '2.0.0'; only layouts of version 1 are known"
        ),
        Attack(
            why: "a directory that is no layout",
            change: { fixture, _ in try fixture.root.remove("layout/oci-layout") },
            code: .notFound,
            says: "is no OCI image layout"
        ),
    ]

    @Test(arguments: attacks) func isRefused(attack: Attack) async throws {
        let fixture = try LayoutFixture()
        let pushed = try await fixture.layout.push("hello", tag: "v1")
        try attack.change(fixture, pushed.digest)
        let error = await ImageLayout.failure { _ = try await fixture.layout.manifest(.tag("v1")) }
        #expect(error?.code == attack.code)
        #expect(error?.description.contains(attack.says) == true, "\(error?.description ?? "no error")")
    }

    @Test func blobsAreChecked() async throws {
        let fixture = try LayoutFixture()
        try await fixture.layout.push("hello", tag: "v1")
        let layer = try Descriptor(mediaType: "text/plain", of: Array("hello".utf8))
        let name = "layout/blobs/sha256/\(layer.digest.hex)"
        for (bytes, why) in [("HELLO", "other bytes"), ("hell", "too short"), ("hello!", "too long")] {
            try fixture.write(name, bytes)
            let sink = MemorySink()
            let fetched = await ImageLayout.failure { try await fixture.layout.fetchBlob(layer, into: sink) }
            #expect(fetched?.code == .digestMismatch, "\(why)")
            #expect(sink.bytes.isEmpty, "nothing wrong is handed out: \(why)")
            let read = await ImageLayout.failure { _ = try await fixture.layout.blob(layer, limit: 100) }
            #expect(read?.code == .digestMismatch, "\(why)")
        }
        try fixture.root.remove(name)
        let gone = await ImageLayout.failure { _ = try await fixture.layout.blob(layer, limit: 100) }
        #expect(gone?.code == .notFound)
    }

    @Test func otherDirectoriesAreLeftAlone() async throws {
        let fixture = try LayoutFixture()
        try fixture.write("layout/thesis.txt", "years of work")
        let error = await ImageLayout.failure { try await fixture.layout.push("hello", tag: "v1") }
        #expect(error?.code == .rejected)
        #expect(error?.message.contains("holds other files, such as 'thesis.txt'") == true)
        #expect(try fixture.root.entries("layout").map(\.name) == ["thesis.txt"])
    }

    @Test func missingDirectoriesAreMadeOnlyByAPush() async throws {
        let fixture = try LayoutFixture()
        let layout = ImageLayout(fixture.root.path.appending("a/b/layout"))
        let error = await ImageLayout.failure { _ = try await layout.tags() }
        #expect(error?.code == .notFound)
        #expect(try fixture.root.status("a") == nil)
        try await layout.push("hello", tag: "v1")
        #expect(try await layout.tags() == ["v1"])
    }

    /// Reading what refers to what reads every manifest, so a broken one must not hide the others.
    @Test func brokenManifestsHideNoReferrers() async throws {
        let fixture = try LayoutFixture()
        let subject = try await fixture.layout.push("subject", tag: "v1")
        let broken = try await fixture.layout.push("broken", tag: "v2")
        let note = try await fixture.layout.push("note", tag: nil, subject: subject, type: "text/note")
        try fixture.write("layout/blobs/sha256/\(broken.digest.hex)", "{}")
        #expect(
            try await fixture.layout.referrers(of: subject.digest, artifactType: nil).map(\.digest) == [note.digest]
        )
    }
}

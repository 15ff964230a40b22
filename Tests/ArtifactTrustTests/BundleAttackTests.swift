import ArtifactTrust
import CoreModel
import OCIDistribution
import SignatureCrypto
import Testing

/// What somebody who can write to the registry, but has not the key, may try with bundles, and what a key's owner may
/// sign by mistake.
struct BundleAttackTests {
    struct Attack: Sendable, CustomTestStringConvertible {
        let why: String
        let says: String
        let change: @Sendable (inout TestBundle, SignedRevision) throws -> Void
        var testDescription: String { why }

        init(
            _ why: String,
            says: String,
            _ change: @escaping @Sendable (inout TestBundle, SignedRevision) throws -> Void
        ) {
            self.why = why
            self.says = says
            self.change = change
        }

        static func edited(
            _ why: String,
            says: String = "its bundle is not valid",
            _ edit: @escaping @Sendable (String) -> String
        ) -> Attack {
            Attack(why, says: says) { bundle, _ in bundle.edit = edit }
        }

        static func stating(
            _ why: String,
            says: String = "its statement is not valid",
            _ edit: @escaping @Sendable (String) -> String
        ) -> Attack {
            Attack(why, says: says) { bundle, _ in bundle.statement = edit(bundle.statement) }
        }

        static func stored(
            _ why: String,
            says: String,
            _ edit: @escaping @Sendable (inout Manifest) -> Void
        ) -> Attack {
            Attack(why, says: says) { bundle, _ in bundle.editManifest = edit }
        }
    }

    static let other = String(repeating: "0", count: 64)

    static let signatures: [Attack] = [
        Attack("the statement swapped after signing", says: "not made by any key") { bundle, _ in
            bundle.signature = try TestKeys.first().sign(Array("something else".utf8))
        },
        Attack("the payload signed without its type", says: "not made by any key") { bundle, _ in
            bundle.signedBytes = Array(bundle.statement.utf8)
        },
        Attack("the type swapped after signing", says: "not made by any key") { bundle, _ in
            let (payload, type) = (bundle.statement, "text/plain")
            bundle.signedBytes = Array("DSSEv1 \(type.utf8.count) \(type) \(payload.utf8.count) \(payload)".utf8)
        },
        Attack("type and payload divided elsewhere", says: "not made by any key") { bundle, _ in
            let text = "\(bundle.payloadType) \(bundle.statement)"
            bundle.signedBytes = Array("DSSEv1 0  \(text.utf8.count) \(text)".utf8)
        },
        Attack("a signature of no bytes but a bracket", says: "not made by any key") { bundle, _ in
            bundle.signature = [0x30, 0]
        },
        Attack("a signature with a byte after it", says: "not made by any key") { bundle, _ in
            bundle.signature = try Self.good(bundle) + [0]
        },
        Attack("a signature in long form", says: "not made by any key") { bundle, _ in
            bundle.signature = [0x30, 0x81] + (try Self.good(bundle)).dropFirst()
        },
        Attack("an empty signature", says: "not made by any key") { bundle, _ in bundle.signature = [] },
        Attack("by another key", says: "not made by any key of the policy (cosign.pub)") { bundle, _ in
            bundle.signature = try TestKeys.second().sign(Self.signedBytes(bundle))
        },
    ]

    static let statements: [Attack] = [
        .stating("a good signature of another digest", says: "it is a signature of \"sha256:0000") {
            $0.replacing(/"sha256":"[0-9a-f]+"/, with: "\"sha256\":\"\(other)\"")
        },
        .stating("the digest in upper case", says: "not of this revision") {
            $0.replacing(/"sha256":"([0-9a-f]+)"/) { "\"sha256\":\"\($0.1.uppercased())\"" }
        },
        .stating("the digest as another algorithm's", says: "not of this revision") {
            $0.replacing("\"sha256\"", with: "\"sha512\"")
        },
        .stating("an attestation", says: "it is an attestation of the type \"https://slsa.dev/provenance/v1\"") {
            $0.replacing("https://sigstore.dev/cosign/sign/v1", with: "https://slsa.dev/provenance/v1")
        },
        .stating("a predicate type that begins the same", says: "it is an attestation of the type") {
            $0.replacing("cosign/sign/v1", with: "cosign/sign/v1/x")
        },
        .stating("another kind of statement", says: "_type is \"https://evil.test/Statement\"") {
            $0.replacing("https://in-toto.io/Statement/v1", with: "https://evil.test/Statement")
        },
        .stating("the digest twice", says: "is set twice") {
            $0.replacing("\"digest\":{", with: "\"digest\":{\"sha256\":\"\(other)\",")
        },
        .stating("the subject twice", says: "is set twice") { "{\"subject\":[]," + $0.dropFirst() },
        .stating("the predicate type twice by an escape", says: "is set twice") {
            "{\"predicat\\u0065Type\":\"x\"," + $0.dropFirst()
        },
        .stating("no subject", says: "subject has 0 elements") {
            $0.replacing(/"subject":\[.*\],"p/, with: "\"subject\":[],\"p")
        },
        .stating("a subject that is a map") {
            $0.replacing("[{\"digest\"", with: "{\"a\":{\"digest\"").replacing("}],", with: "}},")
        },
        .stating("a subject without a digest", says: "subject[0] has no digest") {
            $0.replacing("\"digest\"", with: "\"Digest\"")
        },
        .stating("a digest that is a list", says: "subject[0].digest is not a map") {
            $0.replacing(/"digest":{[^}]*}/, with: "\"digest\":[]")
        },
        .stating("a digest that is a number", says: "subject[0].digest.sha256 is not a string") {
            $0.replacing(/"sha256":"[0-9a-f]+"/, with: "\"sha256\":0")
        },
        .stating("more subjects than anybody signs", says: "subject has 1001 elements") {
            let many = String(repeating: "{\"digest\":{}},", count: 1_000)
            return $0.replacing("\"subject\":[", with: "\"subject\":[" + many)
        },
        .stating("nothing") { _ in "" }, .stating("a list") { _ in "[]" },
        .stating("two documents") { $0 + $0 },
        .stating("a depth bomb") { _ in String(repeating: "[", count: 100_000) },
    ]

    static let envelopes: [Attack] = [
        Attack("an unknown type of payload", says: "signs content of the type \"application/json\"") { bundle, _ in
            bundle.payloadType = "application/json"
        },
        Attack("a payload type in another case", says: "which is unknown") { bundle, _ in
            bundle.payloadType = "application/vnd.in-toto+JSON"
        },
        .edited("a second signature", says: "signatures has 2 elements") {
            $0.replacing("\"signatures\":[", with: "\"signatures\":[{\"sig\":\"AAAA\"},")
        },
        .edited("no signature", says: "signatures has 0 elements") {
            $0.replacing(/"signatures":\[.*\]/, with: "\"signatures\":[]")
        },
        .edited("a signature that is not base64", says: "signatures[0].sig is not base64") {
            $0.replacing("\"sig\":\"", with: "\"sig\":\"*")
        },
        .edited("a payload with a line break", says: "dsseEnvelope.payload is not base64") {
            $0.replacing("\"payload\":\"", with: "\"payload\":\"\\n")
        },
        .edited("a payload twice", says: "is set twice") {
            $0.replacing("{\"payload\"", with: "{\"payload\":\"\",\"payload\"")
        },
        .edited("an unknown member in the envelope", says: "unknown member \"critical\"") {
            $0.replacing("{\"payload\"", with: "{\"critical\":1,\"payload\"")
        },
        .edited("an unknown member in the bundle", says: "unknown member \"critical\"") {
            "{\"critical\":1," + $0.dropFirst()
        },
        .edited("an unknown kind of material", says: "unknown member \"oracle\"") {
            $0.replacing("{\"publicKey\"", with: "{\"oracle\":1,\"publicKey\"")
        },
        .edited("a key and a certificate", says: "exactly one key or certificate") {
            $0.replacing("{\"publicKey\"", with: "{\"certificate\":{},\"publicKey\"")
        },
        .edited("no material", says: "has no verificationMaterial") {
            $0.replacing(/"verificationMaterial":{"publicKey":{[^}]*}},/, with: "")
        },
        .edited("an unknown version", says: "which is no known bundle") {
            $0.replacing("bundle.v0.3", with: "bundle.v0.9")
        },
        .edited("an envelope where a message belongs", says: "unknown member \"payload\"") {
            $0.replacing("\"dsseEnvelope\"", with: "\"messageSignature\"")
        },
        .edited("both a message and a statement", says: "exactly one of dsseEnvelope and messageSignature") {
            $0.replacing("\"dsseEnvelope\"", with: "\"messageSignature\":{},\"dsseEnvelope\"")
        },
        .edited("neither", says: "exactly one of dsseEnvelope and messageSignature") {
            $0.replacing(/,"dsseEnvelope":.*/, with: "}")
        },
        .edited("nothing at all") { _ in "" }, .edited("a web page") { _ in "<html></html>" },
        .edited("a depth bomb") { _ in String(repeating: "[", count: 500_000) },
        .edited("a width bomb") { _ in "{\"a\":[" + String(repeating: "1,", count: 200_000) + "1]}" },
        .edited("more than is fetched", says: "is larger than 1048576") { $0 + String(repeating: " ", count: 1 << 20) },
    ]

    static let manifests: [Attack] = [
        .stored("a referrer with another subject", says: "the subject of its manifest is not this revision") {
            $0.subject?.digest = $0.config.digest
        },
        .stored("a referrer without a subject", says: "the subject of its manifest is not this revision") {
            $0.subject = nil
        },
        .stored("two bundles in one manifest", says: "does not hold exactly one bundle") { $0.layers += $0.layers },
        .stored("no bundle in it", says: "does not hold exactly one bundle") { $0.layers = [] },
        .stored("a layer of another type", says: "does not hold exactly one bundle") {
            $0.layers[0].mediaType = "text/plain"
        },
        .stored("a bundle that is missing", says: "its bundle is missing") { $0.layers[0].digest = $0.config.digest },
        .stored("a bundle of another length", says: "does not match its digest") { $0.layers[0].size += 1 },
        Attack("a manifest that is missing", says: "its manifest is missing") { bundle, revision in
            bundle.editReferrer = { $0.digest = revision.resolved.digest }
        },
    ]

    @Test(arguments: signatures + statements + envelopes + manifests)
    func isRefused(attack: Attack) async throws {
        let key = try TestKeys.first()
        let revision = try SignedRevision.bundled(by: key, attack.change)
        let verdict = try await revision.verdict(policy(("cosign.pub", key)))
        #expect(!verdict.isVerified)
        #expect(VerifiedRevision(verdict) == nil)
        #expect(verdict.description.contains(attack.says), "\(verdict)")
        #expect(verdict.authorities.map(\.isSatisfied) == [false])
        #expect(verdict.description.utf8.count < 1_500, "a condition must hold it")
    }

    /// The same faults must not keep the good bundle behind them from counting.
    @Test(arguments: signatures + statements + envelopes + manifests)
    func doesNotHideAGoodBundle(attack: Attack) async throws {
        let key = try TestKeys.first()
        var revision = try SignedRevision.bundled(by: key, attack.change)
        try revision.add(by: key)
        #expect(try await revision.verdict(policy(("cosign.pub", key))).isVerified)
    }

    static func signedBytes(_ bundle: TestBundle) -> [UInt8] {
        let type = bundle.payloadType
        return Array("DSSEv1 \(type.utf8.count) \(type) \(bundle.statement.utf8.count) \(bundle.statement)".utf8)
    }

    static func good(_ bundle: TestBundle) throws -> [UInt8] { try TestKeys.first().sign(signedBytes(bundle)) }
}

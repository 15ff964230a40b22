internal import CoreModel
internal import ManifestTree

/// An in-toto statement (in-toto attestation spec v1): what a predicate is said of.
struct InTotoStatement: Hashable, Sendable {
    /// The media type by which an envelope says that it holds one.
    static let mediaType = "application/vnd.in-toto+json"
    static let type = "https://in-toto.io/Statement/v1"
    /// The predicate of a cosign signature; it is empty, the subject says it all.
    static let signaturePredicate = "https://sigstore.dev/cosign/sign/v1"
    /// The most subjects read; cosign signs one.
    static let subjectLimit = 1_000

    private static let types: Set<String> = [type, "https://in-toto.io/Statement/v0.1"]

    /// One thing that the statement is about.
    struct Subject: Hashable, Sendable {
        /// Hexadecimal digests by their algorithms, as written.
        let digests: [String: String]
        /// What the signer added.
        let annotations: TreeMap
    }

    let predicateType: String
    let subjects: [Subject]
    /// Null where there is none, and for plain signatures, of which the subject says it all.
    let predicate: Tree

    /// A cosign signature of one manifest.
    init(signing digest: Digest, annotations: [String: String]) {
        predicateType = Self.signaturePredicate
        predicate = [:]
        subjects = [
            Subject(digests: [digest.algorithm.rawValue: digest.hex], annotations: .sorted(annotations))
        ]
    }

    /// Parses strictly what is used. Members that the spec does not know are let pass, as it demands; the predicate
    /// is kept as it is.
    init(parsing bytes: [UInt8]) throws(StrictMap.Problem) {
        let required = ["_type", "subject", "predicateType"]
        let top = try StrictMap(parsing: bytes, "the statement", required: required, optional: nil)
        let type = try top.string("_type")
        guard Self.types.contains(type) else {
            throw StrictMap.Problem(reason: "_type is \(type.quotedForMessage), which is no in-toto statement")
        }
        predicateType = try top.string("predicateType")
        predicate = top.entries["predicate"] ?? .null
        var subjects: [Subject] = []
        for (index, tree) in try top.list("subject", limit: Self.subjectLimit).enumerated() {
            subjects.append(try Subject(tree, "subject[\(index)]"))
        }
        self.subjects = subjects
    }

    /// The statement as cosign writes it.
    func encode() -> [UInt8] {
        let tree: Tree = [
            "_type": .string(Self.type),
            "subject": .list(
                subjects.map { ["digest": .map(.sorted($0.digests)), "annotations": .map($0.annotations)] }
            ),
            "predicateType": .string(predicateType),
            "predicate": predicate,
        ]
        return tree.jsonBytes()
    }
}

extension InTotoStatement.Subject {
    fileprivate init(_ tree: Tree, _ name: String) throws(StrictMap.Problem) {
        let subject = try StrictMap(tree, name, required: ["digest"], optional: nil)
        let digest = try subject.map("digest", required: [], optional: nil)
        var digests: [String: String] = [:]
        for key in digest.entries.keys { digests[key] = try digest.string(key) }
        self.digests = digests
        let written = subject.entries["annotations"] ?? .null
        annotations = written.isNull ? [:] : try subject.map("annotations", required: [], optional: nil).entries
    }
}

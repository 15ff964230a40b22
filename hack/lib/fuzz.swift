// What hack/fuzz feeds with bytes: each case is a parser of what strangers send. One binary; SLUICE_FUZZ chooses.
// A trap, a hang or memory beyond the bound is a finding; an error that is thrown is an answer.

import ArchiveIO
import CoreModel
import ExpressionLanguage
import Glibc
import KustomizeBuild
import ManifestTree
import SafeFiles
import SystemPackage

@testable import HTTPExchange
@testable import OCIDistribution

private let parsers: [String: @Sendable ([UInt8]) throws -> Void] = [
    "reference": { bytes in
        let reference = try OCIReference(String(decoding: bytes, as: UTF8.self))
        // What was read is written so that it reads the same.
        guard try OCIReference(reference.description) == reference else { abort() }
    },
    "challenge": { bytes in _ = AuthChallenge.parse([String(decoding: bytes, as: UTF8.self)]) },
    "link": { bytes in _ = LinkHeader.next(in: [String(decoding: bytes, as: UTF8.self)]) },
    "range": { bytes in _ = ContentRange(String(decoding: bytes, as: UTF8.self)) },
    "manifest": { bytes in
        guard case .manifest(let manifest) = try ManifestDocument(parsing: bytes) else { return }
        guard try Manifest(parsing: manifest.encode()) == manifest else { abort() }
    },
    "docker-config": { bytes in _ = try DockerConfig(parsing: bytes) },
    "token": { bytes in _ = try BearerToken(parsing: bytes, now: Timestamp(seconds: 0), realm: "fuzz") },
    "yaml": { bytes in _ = try YAMLReader.documents(bytes, limits: DocumentLimits(bytes: 1 << 16, nodes: 10_000)) },
    "json": { bytes in _ = try JSONReader.parse(bytes) },
    "pattern": { bytes in
        let text = String(decoding: bytes, as: UTF8.self)
        _ = LinearPattern(text)?.isFound(in: String(text.reversed()))
    },
    "expression": { bytes in
        let expression = try Expression(parsing: String(decoding: bytes, as: UTF8.self))
        let document = try JSONReader.parse(Array(#"{"a":[1,2.5,"x",null,true],"b":{"c":"y"}}"#.utf8))
        // The budget bounds the time of any evaluation.
        _ = try expression.evaluate(variables: ["o": document], budget: 20_000)
    },
    "substitution": { bytes in
        var object: Tree = ["kind": "Fuzz"]
        object["text"] = .string(String(decoding: bytes, as: UTF8.self))
        for dialect in SubstitutionDialect.allCases {
            _ = try VariableSubstitution(["A": "value"], dialect: dialect, isStrict: false).apply(to: [object])
        }
    },
    "archive": unpack,
    "build": build,
]

/// Bytes as a source tree: each file is a NUL, its path, a line break, and its content.
@Sendable private func build(_ bytes: [UInt8]) throws {
    var files: [String: [UInt8]] = [:]
    for part in bytes.split(separator: 0) {
        let path = String(decoding: part.prefix { $0 != 0x0A }, as: UTF8.self)
        let steps = path.split(separator: "/").filter { $0 != "." && $0 != ".." }
        if !steps.isEmpty { files[steps.joined(separator: "/")] = Array(part.drop { $0 != 0x0A }.dropFirst()) }
    }
    let built = try KustomizeBuilder(files: MemoryFiles(files)).build("").yaml
    // What is printed is YAML.
    if (try? YAMLReader.documents(built)) == nil { abort() }
}

/// Bytes as an archive, into a directory that is gone afterwards; nothing may be written beside it.
@Sendable private func unpack(_ bytes: [UInt8]) throws {
    let scratch = try TemporaryDirectory(in: Directory.open(FilePath("/tmp")))
    let file = try TemporaryFile(in: scratch.directory)
    try file.file.write(bytes)
    file.discard()
    let limits = ArtifactLimits(compressedBytes: 1 << 20, uncompressedBytes: 1 << 20, entries: 64)
    let target = try scratch.directory.directory("tree", creating: true)
    _ = try ArchiveExtractor(limits: limits).extract(file: file.file.reopened(), into: target)
}

private let parser: @Sendable ([UInt8]) throws -> Void = {
    let name = unsafe getenv("SLUICE_FUZZ").map { unsafe String(cString: $0) } ?? ""
    guard let parser = parsers[name] ?? trustParsers[name] else {
        let names = (Array(parsers.keys) + trustParsers.keys).sorted()
        print("no target '\(name)'; there are: \(names.joined(separator: " "))")
        exit(2)
    }
    return parser
}()

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: count))
    try? parser(bytes)
    return 0
}

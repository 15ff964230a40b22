import Foundation
import ManifestTree
import Testing

/// The fixtures are documents and what kustomize builds of them (`Fixtures/generate`).
@Suite struct YAMLWriterTests {
    static let names: [String] = ["strings", "keys", "numbers", "random1", "random2", "random3", "random4"]

    private func fixture(_ name: String) throws -> [UInt8] {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
        return [UInt8](try Data(contentsOf: folder.appending(path: "Fixtures/\(name)")))
    }

    @Test(arguments: names)
    func writesWhatKustomizeWrites(_ name: String) throws {
        let tree = try JSONReader.parse(fixture(name + ".json"))
        let expected = String(decoding: try fixture(name + ".yaml"), as: UTF8.self)
        let ours = tree.yamlString().split(separator: "\n", omittingEmptySubsequences: false)
        let theirs = expected.split(separator: "\n", omittingEmptySubsequences: false)
        for (line, pair) in zip(ours, theirs).enumerated() where !pair.0.utf8.elementsEqual(pair.1.utf8) {
            Issue.record("line \(line + 1): \(pair.0.debugDescription) instead of \(pair.1.debugDescription)")
            return
        }
        #expect(ours.count == theirs.count)
    }

    @Test(arguments: names)
    func readsWhatKustomizeWrites(_ name: String) throws {
        let tree = try JSONReader.parse(fixture(name + ".json"))
        let read = try YAMLReader.document(fixture(name + ".yaml"))
        #expect(read.yamlString() == tree.yamlString(), "numbers apart, which take Go's form")
    }

    static let roots: [(Tree, String)] = [
        (.null, "null\n"), ([:], "{}\n"), ([], "[]\n"), ("a", "a\n"), ("a\nb", "|-\n  a\n  b\n"),
        ([1, [2, 3], ["a": [4]]], "- 1\n- - 2\n  - 3\n- a:\n  - 4\n"),
        (["b": 1, "a": ["c": [:], "d": [.null, true]]], "a:\n  c: {}\n  d:\n  - null\n  - true\nb: 1\n"),
    ]

    @Test(arguments: roots)
    func writesAnyRoot(_ tree: Tree, _ text: String) {
        #expect(tree.yamlString() == text)
    }

    @Test func keepsTheOrderOfKeysOnDemand() {
        #expect((["b": 1, "a": 2] as Tree).yamlString(sortedKeys: false) == "b: 1\na: 2\n")
    }

    @Test func separatesDocuments() {
        var writer = YAMLWriter()
        writer.write(["a": 1])
        writer.write(["b": 2])
        #expect(String(decoding: writer.output, as: UTF8.self) == "a: 1\n---\nb: 2\n")
    }

    @Test(arguments: [0, 1, 4_096, 4_097, 40_000])
    func piecesMakeOneStream(count: Int) async {
        let documents = (0..<count).map { ["a": .string("\($0)")] as Tree }
        var writer = YAMLWriter()
        for document in documents { writer.write(document) }
        let pieces = await YAMLWriter.pieces(of: documents)
        #expect(pieces.count == min((count + 4_095) / 4_096, 8))
        #expect(Array(pieces.joined()) == writer.output)
    }
}

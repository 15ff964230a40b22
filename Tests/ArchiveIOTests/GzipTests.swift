import ArchiveIO
import CoreModel
import SafeFiles
import Testing

@Suite struct GzipTests {
    /// Above the size from which unpacking has a thread of its own.
    private static let large = 600_000

    private func outcome(_ bytes: [UInt8], _ limits: ArtifactLimits = .init()) throws -> ArchiveError.Code? {
        let workspace = try Workspace()
        return try outcome(of: workspace.archive(bytes), limits, workspace)
    }

    private func outcome(
        of file: ReadableFile,
        _ limits: ArtifactLimits,
        _ workspace: Workspace
    ) throws -> ArchiveError.Code? {
        do {
            _ = try ArchiveExtractor(limits: limits).extract(file: file, into: workspace.tree)
            return nil
        } catch let error as ArchiveError { return error.code }
    }

    /// A packed archive of one file, with gzip's plainest header.
    private func member(fileSize: Int) throws -> [UInt8] {
        let workspace = try Workspace()
        var tar = TarBuilder()
        tar.add("f", data: Self.noise(fileSize))
        _ = try workspace.packed(tar.finished, with: "gzip -n")
        return try workspace.root.read("packed", limit: 1 << 24)
    }

    static func noise(_ count: Int) -> [UInt8] {
        var state: UInt64 = 88_172_645_463_325_252
        return (0..<count).map { _ in
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return UInt8(truncatingIfNeeded: state)
        }
    }

    @Test func cutShortAtAnyByteIsAnError() throws {
        let whole = try member(fileSize: 40)
        #expect(try outcome(whole) == nil)
        for length in 2..<whole.count {
            #expect(try outcome(Array(whole.prefix(length))) == .damaged, "\(length) of \(whole.count) bytes")
        }
        #expect(try outcome([0x1F]) == .notAnArchive)
    }

    struct Change: Sendable, CustomTestStringConvertible {
        let why: String
        let code: ArchiveError.Code?
        let change: @Sendable ([UInt8]) -> [UInt8]
        var testDescription: String { why }
    }

    static let changes: [Change] = [
        Change(why: "nothing", code: nil) { $0 },
        Change(why: "zeros after it, as from a tape", code: nil) { $0 + [UInt8](repeating: 0, count: 70_000) },
        Change(why: "an empty member after it", code: nil) { $0 + emptyMember },
        Change(why: "an empty member before it", code: nil) { emptyMember + $0 },
        Change(why: "a wrong CRC", code: .damaged) { flipped($0, at: $0.count - 8) },
        Change(why: "a wrong length", code: .damaged) { flipped($0, at: $0.count - 1) },
        Change(why: "other bytes after it", code: .damaged) { $0 + Array("hello".utf8) },
        Change(why: "other bytes after zeros", code: .damaged) { $0 + [0, 0, 0, 7] },
        Change(why: "a member after zeros", code: .damaged) { $0 + [0, 0] + emptyMember },
        Change(why: "half a header after it", code: .damaged) { $0 + [0x1F, 0x8B, 8] },
        Change(why: "half a magic number after it", code: .damaged) { $0 + [0x1F] },
        Change(why: "a cut member after it", code: .damaged) { $0 + emptyMember.dropLast() },
        Change(why: "another method than deflate", code: .damaged) { replaced($0, at: 2, by: 7) },
        Change(why: "reserved flags", code: .damaged) { replaced($0, at: 3, by: 0x80) },
        Change(why: "a wrong first block", code: .damaged) { replaced($0, at: 10, by: 0x07) },
    ]
    private static let emptyMember: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0]

    private static func replaced(_ bytes: [UInt8], at index: Int, by byte: UInt8) -> [UInt8] {
        var bytes = bytes
        bytes[index] = byte
        return bytes
    }

    private static func flipped(_ bytes: [UInt8], at index: Int) -> [UInt8] {
        replaced(bytes, at: index, by: bytes[index] ^ 0x40)
    }

    @Test(arguments: changes, [40, large]) func whatGzipPromisesIsChecked(change: Change, size: Int) throws {
        #expect(try outcome(change.change(member(fileSize: size))) == change.code)
    }

    @Test func optionalHeaderFieldsAreRead() throws {
        let plain = try member(fileSize: 40)
        func header(flags: UInt8, _ fields: [UInt8]) -> [UInt8] {
            Array(plain[..<3]) + [flags] + Array(plain[4..<10]) + fields + Array(plain[10...])
        }
        let name = Array("name\0".utf8)
        #expect(try outcome(header(flags: 1, [])) == nil, "a hint that it is text")
        #expect(try outcome(header(flags: 4, [3, 0, 1, 2, 3])) == nil, "an extra field")
        #expect(try outcome(header(flags: 8, name)) == nil)
        #expect(try outcome(header(flags: 16, name)) == nil, "a comment")
        #expect(try outcome(header(flags: 4 + 8 + 16, [1, 0, 9] + name + name)) == nil)
        #expect(try outcome(header(flags: 2, [1, 2])) == .damaged, "a header CRC that is wrong")
        let endless = Array(plain[..<3]) + [8] + Array(plain[4..<10]) + [UInt8](repeating: 0x41, count: Self.large)
        #expect(try outcome(endless) == .damaged, "a name without end")
    }

    @Test func manyMembersAreOneBomb() throws {
        let workspace = try Workspace()
        var tar = TarBuilder()
        tar.add("f", data: [UInt8](repeating: 0, count: 64 << 20))
        _ = try workspace.archive(tar.finished)
        try workspace.shell("split -b 1M --filter='gzip -c' archive > packed")
        let file = try workspace.root.openFile("packed")
        #expect(try outcome(of: file, .init(), workspace) == .ratio)
        let bound = ArtifactLimits(uncompressedBytes: 2 << 20, ratio: 1 << 20)
        #expect(try outcome(of: file, bound, workspace) == .tooLarge)
    }

    @Test func aBombAfterTheEndMarkIsABomb() throws {
        let workspace = try Workspace()
        var tar = TarBuilder()
        tar.add("f", data: [1])
        let bytes = tar.finished + [UInt8](repeating: 0, count: 64 << 20)
        let file = try workspace.packed(bytes, with: "gzip")
        #expect(try outcome(of: file, .init(), workspace) == .ratio)
        let bound = ArtifactLimits(uncompressedBytes: 2 << 20, ratio: 1 << 20)
        #expect(try outcome(of: file, bound, workspace) == .tooLarge)
    }

    /// The thread that unpacks ahead is waiting for room when its reader gives up.
    @Test func aRefusalStopsTheThreadThatUnpacks() throws {
        for _ in 0..<20 {
            let workspace = try Workspace()
            var tar = TarBuilder()
            tar.add("../victim", data: Self.noise(100))
            tar.add("rest", data: Array(repeating: Self.noise(1 << 16), count: 64).flatMap(\.self))
            let file = try workspace.packed(tar.finished, with: "gzip -1")
            #expect(try outcome(of: file, .init(), workspace) == .unsafeName)
        }
    }

    static let contents: [(String, BlobContent)] = [
        ("head -c 1024 /dev/zero", .tar(.none)),
        ("head -c 1024 /dev/zero | gzip", .tar(.gzip)),
        ("head -c 10240 /dev/zero | zstd", .tar(.zstd)),
        ("tar -c -C / etc/hostname", .tar(.none)),
        ("tar -c -C / etc/hostname | gzip", .tar(.gzip)),
        ("tar -c -C / etc/hostname | zstd", .tar(.zstd)),
        ("printf 'kind: List'", .other("plain text")),
        ("printf '{}' | gzip", .other("JSON text, packed with gzip")),
        ("printf '' | gzip", .other("empty, packed with gzip")),
        ("printf '' | zstd", .other("empty, packed with zstd")),
        ("printf ''", .other("empty")),
        ("tar -c -C / etc/hostname | xz", .other("packed with xz")),
        ("(head -c 512 /dev/zero; printf x)", .other("of an unknown kind (it begins with the bytes 00 00 00 00)")),
        ("tar -c -C / etc/hostname | head -c 400", .other("of an unknown kind (it begins with the bytes 65 74 63 2f)")),
    ]

    @Test(arguments: contents) func tellsArchivesFromFiles(command: String, expected: BlobContent) throws {
        let workspace = try Workspace()
        try workspace.shell("\(command) > packed")
        #expect(try BlobContent(of: workspace.root.openFile("packed")) == expected)
    }
}

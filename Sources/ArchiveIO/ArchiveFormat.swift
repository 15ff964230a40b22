package import SafeFiles

/// How a tar archive is packed, told by its first bytes and by nothing else.
package enum Compression: String, Hashable, Sendable {
    case none, gzip, zstd

    /// - Throws: `ArchiveError.notAnArchive`, saying what the bytes look like instead; `FileError`.
    package init(of file: ReadableFile) throws {
        let start = try file.read(upTo: TarHeader.size, at: 0)
        guard let compression = Compression(ofStart: start) ?? (TarHeader.begins(start) ? Compression.none : nil) else {
            throw ArchiveError(
                .notAnArchive,
                "The artifact's content is \(BlobContent.guess(start)), but a tar archive is needed (plain, gzip or "
                    + "zstd): select another layer, or use the layer operation 'copy'"
            )
        }
        self = compression
    }

    /// Nil for bytes that are packed in no way that is read here.
    init?(ofStart start: [UInt8]) {
        if start.starts(with: [0x1F, 0x8B]) {
            self = .gzip
        } else if start.starts(with: [0x28, 0xB5, 0x2F, 0xFD]) || Self.isSkippableFrame(start) {
            self = .zstd
        } else {
            return nil
        }
    }

    /// RFC 8878 section 3.1.2: such a frame may come before the first frame with data.
    private static func isSkippableFrame(_ start: [UInt8]) -> Bool {
        guard let first = start.first else { return false }
        return (0x50...0x5F).contains(first) && start.dropFirst().starts(with: [0x2A, 0x4D, 0x18])
    }
}

/// What a blob holds: a tar archive, or something else that a caller may want to keep as the single file that it is.
package enum BlobContent: Hashable, Sendable {
    /// Also of no entries at all.
    case tar(Compression)
    /// What it looks like instead, as a phrase: "JSON text", "packed with xz".
    case other(String)

    /// Looks at the first bytes, and into the compression if there is one; names and media types say nothing.
    /// - Throws: `ArchiveError`: `.damaged` when it is packed and cannot be unpacked, `.engine`; `FileError`.
    package init(of file: ReadableFile) throws {
        let start = try file.read(upTo: TarHeader.size * 2, at: 0)
        let compression = Compression(ofStart: start)
        let unpacked = try compression.map { try $0.open(file).read(upTo: TarHeader.size * 2) } ?? start
        if TarHeader.begins(unpacked) {
            self = .tar(compression ?? .none)
        } else if let compression {
            self = .other("\(Self.guess(unpacked)), packed with \(compression.rawValue)")
        } else {
            self = .other(Self.guess(start))
        }
    }

    private static let signatures: [([UInt8], String)] = [
        ([], "empty"), ([0x50, 0x4B, 0x03, 0x04], "a ZIP archive"), ([0x42, 0x5A, 0x68], "packed with bzip2"),
        ([0xFD, 0x37, 0x7A, 0x58, 0x5A], "packed with xz"), ([0x04, 0x22, 0x4D, 0x18], "packed with lz4"),
        ([0x37, 0x7A, 0xBC, 0xAF], "a 7-Zip archive"), ([0x7F, 0x45, 0x4C, 0x46], "an ELF binary"),
    ]

    fileprivate static func guess(_ start: [UInt8]) -> String {
        for (signature, name) in signatures where signature.isEmpty ? start.isEmpty : start.starts(with: signature) {
            return name
        }
        let isText = start.allSatisfy { $0 >= 0x20 || $0 == 0x0A || $0 == 0x0D || $0 == 0x09 }
        guard isText else {
            let bytes = start.prefix(4).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
            return "of an unknown kind (it begins with the bytes \(bytes.joined(separator: " ")))"
        }
        let first = start.first { $0 > 0x20 }
        if first == 0x7B || first == 0x5B { return "JSON text" }
        return first == 0x3C ? "HTML or XML text" : "plain text"
    }
}

/// The first block of a tar archive.
private enum TarHeader {
    static let size = 512

    /// Whether the bytes begin with a header with a right checksum (POSIX ustar), or with the end mark of an empty
    /// archive: two blocks of zeros, of which the second may not have been read.
    static func begins(_ bytes: [UInt8]) -> Bool {
        let block = bytes.prefix(size)
        guard block.count == size else { return false }
        if block.allSatisfy({ $0 == 0 }) { return bytes.allSatisfy { $0 == 0 } }
        return hasChecksum(Array(block))
    }

    private static func hasChecksum(_ block: [UInt8]) -> Bool {
        let checksum = 148..<156
        var stored = 0
        for digit in block[checksum].drop(while: { $0 == 0x20 }) {
            guard (0x30...0x37).contains(digit) else { break }
            stored = stored * 8 + Int(digit - 0x30)
        }
        var sum = 8 * 0x20
        for (index, byte) in block.enumerated() where !checksum.contains(index) { sum += Int(byte) }
        return stored == sum
    }
}

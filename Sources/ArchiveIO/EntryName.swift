/// An entry's name, checked: below the tree's root whatever the file system holds.
struct EntryName {
    /// None for the root itself; no empty, `.` or `..` component.
    let components: [String]
    /// As the archive writes it, for messages.
    let text: String

    /// The last component; empty for the root.
    var name: String { components.last ?? "" }
    var parent: ArraySlice<String> { components.dropLast() }
    var path: String { components.joined(separator: "/") }

    /// The longest name that is accepted, in bytes: what the kernel accepts of a path.
    static let maximumLength = 4095

    /// - Throws: `ArchiveError`: `.unsafeName`, `.tooDeep`.
    init(_ bytes: [UInt8], depth: Int) throws {
        text = String(decoding: bytes, as: UTF8.self)
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw ArchiveError(.unsafeName, entry: text, "has a name that is not UTF-8")
        }
        guard !bytes.isEmpty else { throw ArchiveError(.unsafeName, entry: text, "has an empty name") }
        guard bytes.count <= Self.maximumLength else {
            throw ArchiveError(.tooDeep, entry: text, "has a name of more than \(Self.maximumLength) bytes")
        }
        guard bytes.first != UInt8(ascii: "/") else {
            throw ArchiveError(
                .unsafeName,
                entry: text,
                "has an absolute name; only names relative to the tree are accepted"
            )
        }
        guard !bytes.contains(UInt8(ascii: "\\")), !bytes.contains(0) else {
            throw ArchiveError(.unsafeName, entry: text, "has a backslash or a NUL character in its name")
        }
        components = Self.steps(bytes)
        guard !components.contains("..") else {
            throw ArchiveError(.unsafeName, entry: text, "has '..' in its name, which could leave the tree")
        }
        guard components.count <= depth else {
            throw ArchiveError(.tooDeep, entry: text, "is \(components.count) levels deep; the limit is \(depth)")
        }
    }

    /// Whether a symbolic link of this name with this target stays in the tree, as far as names tell.
    func keepsInside(target: [UInt8]) -> Bool {
        guard !target.isEmpty, target.first != UInt8(ascii: "/") else { return false }
        var level = parent.count
        for step in Self.steps(target) {
            level += step == ".." ? -1 : 1
            if level < 0 { return false }
        }
        return true
    }

    private static func steps(_ bytes: [UInt8]) -> [String] {
        bytes.split(separator: UInt8(ascii: "/")).map { String(decoding: $0, as: UTF8.self) }.filter { $0 != "." }
    }
}

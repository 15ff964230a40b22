internal import CoreModel

/// One map of a document that trust rests on, read strictly: what is missing, unknown or of another type is named.
///
/// A key that is there twice never gets this far; the JSON reader refuses it.
package struct StrictMap: Sendable {
    /// What is wrong, as the end of a sentence: `critical has no type`.
    package struct Problem: Error, Hashable, Sendable {
        package let reason: String

        package init(reason: String) { self.reason = reason }
    }

    /// Where the map is, such as `critical.image`.
    package let name: String
    package let entries: TreeMap

    /// - Parameter optional: members that may be there besides the required ones; nil where any may.
    package init(
        _ value: Tree?,
        _ name: String,
        required: [String],
        optional: [String]? = []
    ) throws(Problem) {
        guard let entries = value?.map else { throw Problem(reason: "\(name) is not a map") }
        if let missing = required.filter({ entries[$0] == nil }).min() {
            throw Problem(reason: "\(name) has no \(missing)")
        }
        if let optional,
            let unknown = entries.keys.filter({ !required.contains($0) && !optional.contains($0) }).min()
        {
            throw Problem(reason: "\(name) has the unknown member \(unknown.quotedForMessage)")
        }
        self.name = name
        self.entries = entries
    }

    /// Parses a whole JSON document that has to be a map.
    package init(
        parsing bytes: [UInt8],
        _ name: String,
        required: [String],
        optional: [String]? = []
    ) throws(Problem) {
        try self.init(Self.tree(parsing: bytes), name, required: required, optional: optional)
    }

    /// Parses a JSON document of the size that statements, envelopes and roots of trust have.
    package static func tree(parsing bytes: [UInt8]) throws(Problem) -> Tree {
        let limits = DocumentLimits(depth: 64, nodes: 100_000)
        do {
            return try JSONReader.parse(bytes, source: "payload", limits: limits)
        } catch {
            throw Problem(reason: error.message.quotedForMessage)
        }
    }

    /// The map under a key.
    package func map(_ key: String, required: [String], optional: [String]? = []) throws(Problem) -> StrictMap {
        try StrictMap(entries[key], path(key), required: required, optional: optional)
    }

    /// The text under a key.
    package func string(_ key: String) throws(Problem) -> String {
        guard let string = entries[key]?.string else { throw Problem(reason: "\(path(key)) is not a string") }
        return string
    }

    /// The integer under a key.
    package func integer(_ key: String) throws(Problem) -> Int64 {
        guard let integer = entries[key]?.integer else { throw Problem(reason: "\(path(key)) is not an integer") }
        return integer
    }

    /// Bytes that are written as base64 (RFC 4648 section 4, padded).
    package func bytes(_ key: String) throws(Problem) -> [UInt8] {
        guard let bytes = Base64.decode(try string(key)) else { throw Problem(reason: "\(path(key)) is not base64") }
        return bytes
    }

    /// A list of at least one and at most `limit` elements.
    package func list(_ key: String, limit: Int) throws(Problem) -> [Tree] {
        guard let list = entries[key]?.list else { throw Problem(reason: "\(path(key)) is not a list") }
        guard (1...limit).contains(list.count) else {
            throw Problem(reason: "\(path(key)) has \(list.count) elements, and 1 to \(limit) are taken")
        }
        return list
    }

    /// How messages call a member: with the name of its map, unless that is the whole document.
    package func path(_ key: String) -> String { name.hasPrefix("the ") ? key : "\(name).\(key)" }
}

extension String {
    /// The text in quotes with control characters escaped, cut where a hostile one would flood a message.
    package var quotedForMessage: String { String(prefix(200)).debugDescription + (count > 200 ? "…" : "") }
}

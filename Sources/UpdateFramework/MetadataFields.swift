internal import CoreModel
internal import ManifestTree

/// One map of a metadata file, read strictly: what is missing or of another type is named. Members that are not known
/// are let be, as the specification wants it; they are signed with the rest.
struct MetadataFields {
    /// The file, for messages: `timestamp.json`.
    let file: String
    /// Where the map is in the file: `signed.roles`.
    let place: String
    let entries: TreeMap

    init(_ value: Tree?, _ place: String, in file: String) throws(UpdateError) {
        guard let entries = value?.map else { throw Self.malformed(file, "\(place) is not a map") }
        self.file = file
        self.place = place
        self.entries = entries
    }

    func map(_ key: String) throws(UpdateError) -> MetadataFields {
        try MetadataFields(entries[key], path(key), in: file)
    }

    func string(_ key: String) throws(UpdateError) -> String {
        guard let string = entries[key]?.string else { throw malformed("\(path(key)) is not a string") }
        return string
    }

    func integer(_ key: String, _ range: ClosedRange<Int64>) throws(UpdateError) -> Int64 {
        guard let value = entries[key]?.integer, range.contains(value) else {
            throw malformed("\(path(key)) is not an integer from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    /// False where it is missing.
    func flag(_ key: String) throws(UpdateError) -> Bool {
        guard let value = entries[key] else { return false }
        guard let flag = value.bool else { throw malformed("\(path(key)) is neither true nor false") }
        return flag
    }

    func list(_ key: String) throws(UpdateError) -> [Tree] {
        guard let list = entries[key]?.list else { throw malformed("\(path(key)) is not a list") }
        return list
    }

    func strings(_ key: String) throws(UpdateError) -> [String] {
        var strings: [String] = []
        for element in try list(key) {
            guard let string = element.string else { throw malformed("\(path(key)) holds something but strings") }
            strings.append(string)
        }
        return strings
    }

    func path(_ key: String) -> String { place.isEmpty ? key : "\(place).\(key.forMessage)" }

    func malformed(_ problem: String) -> UpdateError { Self.malformed(file, problem) }

    static func malformed(_ file: String, _ problem: String) -> UpdateError {
        UpdateError(.malformed, "The metadata file \(file) is not valid: \(problem)")
    }
}

extension String {
    /// The text without what could disturb a terminal, cut where a hostile one would flood a message.
    var forMessage: String {
        let shown = String(prefix(120).debugDescription.dropFirst().dropLast())
        return shown + (count > 120 ? "…" : "")
    }
}

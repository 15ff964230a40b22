/// A table as Flux's tool prints it: cells padded to their column's width, a tab after each, no borders.
struct TextTable: Sendable {
    private let header: [String]
    private let showsHeader: Bool
    private var rows: [[String]] = []

    init(_ header: [String], showsHeader: Bool = true) {
        self.header = header.map { $0.uppercased() }
        self.showsHeader = showsHeader
    }

    mutating func add(_ row: [String]) {
        rows.append(row.map { PlainText.printable($0.replacing("\n", with: " ").replacing("\t", with: " ")) })
    }

    var text: String {
        let lines = (showsHeader ? [header] : []) + rows
        let widths = header.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
        var text = ""
        if showsHeader { text += padded(header, widths).joined(separator: "\t") + " \n" }
        for row in rows { text += padded(row, widths).map { $0 + "\t" }.joined() + "\n" }
        return text
    }

    private func padded(_ row: [String], _ widths: [Int]) -> [String] {
        zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
    }

    /// Cuts each run of 40 to 128 hexadecimal digits to its first eight, as digests are shown in tables.
    static func shorteningDigests(_ text: String) -> String {
        var result = ""
        var run = ""
        for character in text + " " {
            if character.isASCII, character.isHexDigit, !character.isUppercase {
                run.append(character)
                continue
            }
            result += (40...128).contains(run.count) ? String(run.prefix(8)) : run
            result.append(character)
            run = ""
        }
        return String(result.dropLast())
    }
}

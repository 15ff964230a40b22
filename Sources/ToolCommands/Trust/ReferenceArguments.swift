import ArgumentParser
import SafeFiles

/// The artifacts that a command is about: one or many, on the command line or on standard input.
struct ReferenceArguments: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            """
            oci://registry/repository:tag or oci-layout:PATH:tag; @digest instead of a tag. Several may be given; - \
            reads them from standard input, one on each line.
            """,
            valueName: "reference"
        )
    )
    var references: [String]

    /// More would be a mistake in the pipe.
    private static let limit = 100_000

    /// What was named, in order.
    /// - Throws: `ToolError` for a reference that cannot be read, and when nothing was named.
    func locations(_ context: ToolContext) async throws -> [ArtifactLocation] {
        var texts: [String] = []
        for reference in references {
            if reference == "-" { texts += try await Self.lines(context) } else { texts.append(reference) }
        }
        guard !texts.isEmpty else {
            throw ToolError(.usage, "Standard input names no artifact; write one reference on each line")
        }
        guard texts.count <= Self.limit else {
            throw ToolError(.usage, "\(texts.count) artifacts are named, more than \(Self.limit); divide them")
        }
        return try texts.map(ArtifactLocation.init)
    }

    /// Lines with something in them; `#` begins a comment.
    private static func lines(_ context: ToolContext) async throws -> [String] {
        let bytes = try await BlockingPool.shared.run { try context.standardInput() }
        return bytes.split { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }
            .compactMap { line in line.split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }.first }
            .filter { $0.first != UInt8(ascii: "#") }
            .map { String(decoding: $0, as: UTF8.self) }
    }
}

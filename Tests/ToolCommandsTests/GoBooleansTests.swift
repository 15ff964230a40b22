import ManifestTree
import Testing

@testable import ToolCommands

@Suite struct GoBooleansTests {
    static let lines: [(String, String)] = [
        ("kustomize --enable-helm=true app", "kustomize --enable-helm app"),
        ("kustomize --enable-exec=false app", "kustomize app"),
        ("kustomize --enable-exec --enable-exec=0 app", "kustomize app"),
        ("kustomize --enable-exec=f --enable-exec=T app", "kustomize --enable-exec app"),
        ("kustomize --enable-exec=yes app", "kustomize --enable-exec=yes app"),
        ("kustomize --output=true app", "kustomize --output=true app"),
        ("kustomize -e=true -- --enable-exec=true", "kustomize -e=true -- --enable-exec=true"),
    ]

    @Test(arguments: lines)
    func areReadAsScriptsWriteThem(line: String, plain: String) {
        let words = line.split(separator: " ").map(String.init)
        #expect(GoBooleans.plain(words).joined(separator: " ") == plain)
    }

    @Test func everyFlagTakesAValue() async throws {
        let told = await ToolRun.of(["--experimental-dump-help"])
        let root = try #require(try JSONReader.parse(Array(told.output.utf8))["command"])
        let (flags, options) = (Self.names(in: root, "flag"), Self.names(in: root, "option"))
        let switches = flags.filter {
            !flags.contains("no-\($0)") && !($0.hasPrefix("no-") && flags.contains("\($0.dropFirst(3))"))
        }
        #expect(switches.subtracting(["help", "version"]).symmetricDifference(GoBooleans.flags) == [])
        #expect(options.intersection(GoBooleans.flags) == [])
    }

    /// The long names of a kind of arguments, of a command and all below it.
    private static func names(in command: Tree, _ kind: String) -> Set<String> {
        var names: Set<String> = []
        for argument in command["arguments"]?.list ?? [] where argument["kind"]?.string == kind {
            for name in argument["names"]?.list ?? [] where name["kind"]?.string == "long" {
                name["name"]?.string.map { _ = names.insert($0) }
            }
        }
        for child in command["subcommands"]?.list ?? [] { names.formUnion(Self.names(in: child, kind)) }
        return names
    }
}

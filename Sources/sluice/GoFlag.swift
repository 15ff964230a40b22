import ArgumentParser
import ToolCommands

/// A boolean flag as Go's programs take it: alone it means true, and `=true` or `=false` says so.
struct GoFlag: ExpressibleByArgument, ExpressibleByBooleanLiteral {
    let isOn: Bool

    init?(argument: String) {
        guard let isOn = GoBooleans.value(of: argument) else { return nil }
        self.isOn = isOn
    }

    init(booleanLiteral value: Bool) { isOn = value }

    var defaultValueDescription: String { "\(isOn)" }

    static let allValueStrings = ["true", "false"]

    /// Gives the flags of these names that stand alone the value that they mean, since our parser wants one.
    static func completing(_ arguments: [String], names: Set<String>) -> [String] {
        var isOver = false
        return arguments.map { argument in
            isOver = isOver || argument == "--"
            guard !isOver, argument.hasPrefix("--"), names.contains(String(argument.dropFirst(2))) else {
                return argument
            }
            return "\(argument)=true"
        }
    }
}

import ArgumentParser

/// A boolean flag as Go's programs take it: alone it means true, and `=true` or `=false` says so.
struct GoFlag: ExpressibleByArgument, ExpressibleByBooleanLiteral {
    let isOn: Bool

    /// The words that Go's `strconv.ParseBool` takes.
    init?(argument: String) {
        switch argument {
        case "1", "t", "T", "true", "TRUE", "True": isOn = true
        case "0", "f", "F", "false", "FALSE", "False": isOn = false
        default: return nil
        }
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

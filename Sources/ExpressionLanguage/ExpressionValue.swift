internal import CoreModel
internal import ManifestTree

/// A value while an expression is evaluated. What comes from a document stays as it is until it is looked into.
enum ExpressionValue: Sendable {
    case null
    case bool(Bool)
    case int(Int64)
    case double(Double)
    case string(String)
    case timestamp(Timestamp)
    case duration(Duration)
    case list([ExpressionValue])
    case map([String: ExpressionValue])
    /// A list of a document.
    case documents([Tree])
    /// A map of a document.
    case document(TreeMap)
    /// What `type` returns.
    case type(String)

    init(_ tree: Tree) {
        switch tree {
        case .null: self = .null
        case .bool(let value): self = .bool(value)
        case .number(let number): self = number.integer.map { .int($0) } ?? .double(number.double)
        case .string(let value): self = .string(value)
        case .list(let elements): self = .documents(elements)
        case .map(let entries): self = .document(entries)
        }
    }

    /// The name of the type in the language.
    var typeName: String {
        switch self {
        case .null: "null_type"
        case .bool: "bool"
        case .int: "int"
        case .double: "double"
        case .string: "string"
        case .timestamp: "google.protobuf.Timestamp"
        case .duration: "google.protobuf.Duration"
        case .list, .documents: "list"
        case .map, .document: "map"
        case .type: "type"
        }
    }

    /// The most values of a result. One that is small in memory may stand for a large document: parts are shared.
    static let resultLimit = 100_000

    /// The value as a document has it.
    func tree() throws(ValueProblem) -> Tree {
        var left = Self.resultLimit
        return try tree(&left)
    }

    private func tree(_ left: inout Int) throws(ValueProblem) -> Tree {
        left -= 1
        guard left > 0 else { throw ValueProblem(.limit, "the result has more than \(Self.resultLimit) values") }

        switch self {
        case .null: return .null
        case .bool(let value): return .bool(value)
        case .int(let value): return .number(Tree.Number(validated: String(value)))
        case .double(let value):
            guard value.isFinite else { throw ValueProblem(.type, "the value \(value) has no form in a document") }
            return .number(Tree.Number(validated: value.description))
        case .string(let value): return .string(value)
        case .timestamp(let value): return .string(value.description)
        case .duration(let value): return .string(GoDuration.format(value))
        case .type(let name): return .string(name)
        case .documents(let elements): return .list(elements)
        case .document(let entries): return .map(entries)
        case .list(let elements):
            var trees: [Tree] = []
            for element in elements { trees.append(try element.tree(&left)) }
            return .list(trees)
        case .map(let entries):
            var map = TreeMap()
            for (key, value) in entries.sorted(by: { $0.key < $1.key }) { map[key] = try value.tree(&left) }
            return .map(map)
        }
    }

    /// The elements of a list.
    var elements: [ExpressionValue]? {
        switch self {
        case .list(let elements): elements
        case .documents(let trees): trees.map { ExpressionValue($0) }
        default: nil
        }
    }

    /// The keys of a map, in order.
    var keys: [String]? {
        switch self {
        case .map(let entries): entries.keys.sorted()
        case .document(let entries): entries.keys
        default: nil
        }
    }

    /// The value under a key; nil where there is none, and for anything but a map.
    func entry(_ key: String) -> ExpressionValue? {
        switch self {
        case .map(let entries): entries[key]
        case .document(let entries): entries[key].map { ExpressionValue($0) }
        default: nil
        }
    }

    /// The names by which types are compared with `type(x)`.
    static let typeNames: Set<String> = [
        "null_type", "bool", "int", "double", "string", "list", "map", "type",
    ]

    var isMap: Bool {
        switch self {
        case .map, .document: true
        default: false
        }
    }

    /// How many elements or entries it has; nil for anything but a list or a map.
    var count: Int? {
        switch self {
        case .list(let elements): elements.count
        case .documents(let trees): trees.count
        case .map(let entries): entries.count
        case .document(let entries): entries.count
        default: nil
        }
    }

    /// An element of a list; nil where there is none.
    func element(_ index: Int64) -> ExpressionValue? {
        switch self {
        case .list(let elements): index >= 0 && index < elements.count ? elements[Int(index)] : nil
        case .documents(let trees): index >= 0 && index < trees.count ? ExpressionValue(trees[Int(index)]) : nil
        default: nil
        }
    }

    /// The value as an index: an int, or a double without a fraction.
    var wholeNumber: Int64? {
        switch self {
        case .int(let value): value
        case .double(let value): Int64(exactly: value)
        default: nil
        }
    }
}

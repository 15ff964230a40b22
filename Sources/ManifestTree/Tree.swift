/// One value of a document: what YAML and JSON have in common.
///
/// A value type with copy on write; equality ignores the order of map keys, as JSON does, and compares text by bytes.
package enum Tree: Hashable, Sendable {
    case null
    case bool(Bool)
    case number(Number)
    case string(String)
    case list([Tree])
    case map(TreeMap)

    package static func == (left: Tree, right: Tree) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.bool(let left), .bool(let right)): left == right
        case (.number(let left), .number(let right)): left == right
        // `String` alone would take two spellings of one character for the same text.
        case (.string(let left), .string(let right)): left == right && left.utf8.elementsEqual(right.utf8)
        case (.list(let left), .list(let right)): left == right
        case (.map(let left), .map(let right)): left == right
        default: false
        }
    }

    /// The string, or nil for any other value.
    package var string: String? {
        if case .string(let value) = self { value } else { nil }
    }

    /// The truth value, or nil for any other value.
    package var bool: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    /// The integer, or nil for any other value and for numbers with a fraction.
    package var integer: Int64? {
        if case .number(let value) = self { value.integer } else { nil }
    }

    /// The elements, or nil for any other value.
    package var list: [Tree]? {
        if case .list(let value) = self { value } else { nil }
    }

    /// The entries, or nil for any other value.
    package var map: TreeMap? {
        if case .map(let value) = self { value } else { nil }
    }

    /// Whether this is `null`.
    package var isNull: Bool {
        if case .null = self { true } else { false }
    }

    /// The word for this kind of value in error messages.
    package var kindName: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .number: "a number"
        case .string: "a string"
        case .list: "a list"
        case .map: "a map"
        }
    }

    /// The value under a key of a map; nil for a missing key and for anything but a map. Setting on anything but a map
    /// makes it a map; setting nil removes the key.
    package subscript(key: String) -> Tree? {
        get {
            if case .map(let entries) = self { entries[key] } else { nil }
        }
        set {
            // Taken out before it is changed, so that the map is not copied.
            var entries = TreeMap()
            if case .map(let held) = self { entries = held }
            self = .null
            entries[key] = newValue
            self = .map(entries)
        }
    }

    /// The value at a path of map keys.
    package subscript(path path: [String]) -> Tree? {
        get { path.reduce(Optional(self)) { $0?[$1] } }
        set {
            guard let first = path.first else {
                self = newValue ?? .null
                return
            }
            guard path.count > 1 else {
                self[first] = newValue
                return
            }
            guard newValue != nil || self[first] != nil else { return }
            var child = self[first] ?? .map(TreeMap())
            self[first] = .null
            child[path: Array(path.dropFirst())] = newValue
            self[first] = child
        }
    }
}

extension Tree: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    package init(stringLiteral value: String) { self = .string(value) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(integerLiteral value: Int) { self = .number(Number(value)) }
    package init(arrayLiteral elements: Tree...) { self = .list(elements) }
    package init(dictionaryLiteral elements: (String, Tree)...) { self = .map(TreeMap(elements)) }
}

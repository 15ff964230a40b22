/// The place of a value inside a document, for messages: `spec.containers[0].image`.
package struct FieldPath: Hashable, Sendable, CustomStringConvertible {
    package enum Step: Hashable, Sendable {
        case key(String)
        case index(Int)
    }

    package var steps: [Step]

    package init(_ steps: [Step] = []) { self.steps = steps }

    /// A path of keys.
    package init(keys: String...) { steps = keys.map(Step.key) }

    /// This path and one more key.
    package func appending(_ key: String) -> FieldPath { FieldPath(steps + [.key(key)]) }

    /// This path and one more index.
    package func appending(_ index: Int) -> FieldPath { FieldPath(steps + [.index(index)]) }

    /// Keys joined by dots, those with other characters than letters, digits, `-` and `_` in brackets and quotes.
    package var description: String {
        var text = ""
        for step in steps {
            switch step {
            case .index(let index): text += "[\(index)]"
            case .key(let key) where Self.isBare(key): text += text.isEmpty ? key : ".\(key)"
            case .key(let key): text += "[\(Tree.string(key).jsonString())]"
            }
        }
        return text
    }

    private static func isBare(_ key: String) -> Bool {
        !key.isEmpty
            && key.utf8.allSatisfy {
                ($0 | 0x20) &- 0x61 < 26 || $0 &- 0x30 < 10 || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_")
            }
    }
}

extension Tree {
    /// The value at a path; nil when a step leads nowhere.
    package subscript(path: FieldPath) -> Tree? {
        path.steps.reduce(Optional(self)) { tree, step in
            switch step {
            case .key(let key): return tree?[key]
            case .index(let index):
                guard let list = tree?.list, list.indices.contains(index) else { return nil }
                return list[index]
            }
        }
    }
}

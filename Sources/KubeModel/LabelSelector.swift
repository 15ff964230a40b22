package import ManifestTree

/// Which labels an object must have: every requirement must hold; the empty selector takes everything.
package struct LabelSelector: Hashable, Sendable, CustomStringConvertible {
    package enum Requirement: Hashable, Sendable {
        /// The label is there with one of the values (sorted).
        case isIn(key: String, values: [String])
        /// The label is absent or has none of the values (sorted).
        case isNotIn(key: String, values: [String])
        case exists(key: String)
        case isAbsent(key: String)
    }

    package let requirements: [Requirement]

    package init(_ requirements: [Requirement] = []) { self.requirements = requirements }

    /// All labels with exactly these values.
    package init(equals labels: [String: String]) {
        requirements = labels.sorted { $0.key < $1.key }.map { .isIn(key: $0.key, values: [$0.value]) }
    }

    /// Reads kubectl's notation: `a=b,c==d,e!=f,g in (x,y),h notin (z),i,!j`.
    /// - Throws: `invalidSelector`, naming the part that cannot be read.
    package init(parsing text: String) throws(KubeModelError) {
        var parser = LabelSelectorParser(text)
        requirements = try parser.parse()
    }

    /// Reads `metav1.LabelSelector`: `matchLabels` and `matchExpressions`.
    /// - Throws: `invalidSelector`, naming the field.
    package init(_ tree: Tree) throws(KubeModelError) {
        var requirements: [Requirement] = []
        for (key, value) in tree["matchLabels"]?.map ?? [:] {
            guard let value = value.string else {
                throw KubeModelError(.invalidSelector, "matchLabels.\(key) must be a string")
            }
            requirements.append(.isIn(key: key, values: [value]))
        }
        for expression in tree["matchExpressions"]?.list ?? [] {
            requirements.append(try Self.requirement(expression))
        }
        for requirement in requirements { try Self.check(requirement) }
        self.requirements = requirements
    }

    package var isEmpty: Bool { requirements.isEmpty }

    /// Whether an object with these labels is selected.
    package func matches(_ labels: [String: String]) -> Bool {
        requirements.allSatisfy { requirement in
            switch requirement {
            case .isIn(let key, let values): labels[key].map(values.contains) ?? false
            case .isNotIn(let key, let values): !(labels[key].map(values.contains) ?? false)
            case .exists(let key): labels[key] != nil
            case .isAbsent(let key): labels[key] == nil
            }
        }
    }

    /// kubectl's notation, as the `labelSelector` parameter takes it.
    package var description: String { requirements.map(Self.text).joined(separator: ",") }

    private static func text(_ requirement: Requirement) -> String {
        switch requirement {
        case .isIn(let key, let values) where values.count == 1: "\(key)=\(values[0])"
        case .isNotIn(let key, let values) where values.count == 1: "\(key)!=\(values[0])"
        case .isIn(let key, let values): "\(key) in (\(values.joined(separator: ",")))"
        case .isNotIn(let key, let values): "\(key) notin (\(values.joined(separator: ",")))"
        case .exists(let key): key
        case .isAbsent(let key): "!\(key)"
        }
    }

    private static func requirement(_ expression: Tree) throws(KubeModelError) -> Requirement {
        let key = expression["key"]?.string ?? ""
        let values = (expression["values"]?.list ?? []).compactMap(\.string).sorted()
        let name = expression["operator"]?.string ?? ""
        switch name {
        case "In", "NotIn":
            guard !values.isEmpty else {
                throw KubeModelError(.invalidSelector, "The expression on \"\(key)\" needs values for \(name)")
            }
            return name == "In" ? .isIn(key: key, values: values) : .isNotIn(key: key, values: values)
        case "Exists", "DoesNotExist":
            guard values.isEmpty else {
                throw KubeModelError(.invalidSelector, "The expression on \"\(key)\" takes no values for \(name)")
            }
            return name == "Exists" ? .exists(key: key) : .isAbsent(key: key)
        default:
            throw KubeModelError(
                .invalidSelector,
                "The expression on \"\(key)\" has the operator \"\(name)\"; use In, NotIn, Exists or DoesNotExist"
            )
        }
    }

    static func check(_ requirement: Requirement) throws(KubeModelError) {
        let (key, values): (String, [String]) =
            switch requirement {
            case .isIn(let key, let values), .isNotIn(let key, let values): (key, values)
            case .exists(let key), .isAbsent(let key): (key, [])
            }
        guard NameRules.isQualifiedName(key) else {
            throw KubeModelError(.invalidSelector, "\"\(key)\" is not a label key")
        }
        for value in values where !NameRules.isLabelValue(value) {
            throw KubeModelError(.invalidSelector, "\"\(value)\" is not a value that the label \(key) can have")
        }
    }
}

package import ManifestTree

/// One field of a kind, written down once: the CRD's schema and the reference page are both made from it.
package struct SchemaField: Sendable {
    /// What a field holds.
    package indirect enum Shape: Sendable {
        case string, boolean, integer
        /// A Go duration.
        case duration(allowingHours: Bool)
        /// An RFC 3339 time.
        case time
        case stringMap
        case list(Shape)
        case object([SchemaField])
        /// An object that decides about trust. The API server keeps what the schema does not know of, so that a field
        /// with a mistake in its name is refused by us and not dropped in silence.
        case strict([SchemaField])
        /// A list of conditions, keyed by type.
        case conditions
        /// Anything at all, kept as it was written: fields of Flux that this version refuses instead of dropping them.
        case opaque(type: String)
    }

    package let name: String
    package let shape: Shape
    /// Sentences for the reference page and the CRD.
    package let text: String
    package var isRequired = false
    package var standard: Tree?
    package var choices: [String] = []
    package var pattern: String?
    package var length: ClosedRange<Int>?
    /// Elements of a list, at least and at most.
    package var count: ClosedRange<Int>?
    /// The least value of an integer.
    package var least: Int?

    package init(_ name: String, _ shape: Shape, _ text: String) {
        self.name = name
        self.shape = shape
        self.text = text
    }

    /// The field must be there.
    package func required() -> SchemaField { with { $0.isRequired = true } }

    /// The value that the API server fills in.
    package func defaults(to value: Tree) -> SchemaField { with { $0.standard = value } }

    /// The only values allowed.
    package func oneOf(_ values: String...) -> SchemaField { with { $0.choices = values } }

    /// A regular expression that the value has to match.
    package func matching(_ pattern: String) -> SchemaField { with { $0.pattern = pattern } }

    /// Characters at least and at most.
    package func length(_ range: ClosedRange<Int>) -> SchemaField { with { $0.length = range } }

    /// Elements of a list, at least and at most.
    package func holding(_ range: ClosedRange<Int>) -> SchemaField { with { $0.count = range } }

    /// The least value of an integer.
    package func atLeast(_ value: Int) -> SchemaField { with { $0.least = value } }

    private func with(_ change: (inout SchemaField) -> Void) -> SchemaField {
        var copy = self
        change(&copy)
        return copy
    }
}

extension SchemaField {
    /// `{name: …}`, the reference to an object in the same namespace.
    package static func localReference(_ name: String, _ text: String) -> SchemaField {
        SchemaField(name, .object([SchemaField("name", .string, "Name of the referent.").required()]), text)
    }
}

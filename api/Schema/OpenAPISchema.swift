import ManifestTree

/// Structural OpenAPI v3 schemas, as `apiextensions.k8s.io/v1` requires them.
enum OpenAPISchema {
    /// The schema of an object with these fields.
    static func object(_ fields: [SchemaField]) -> Tree {
        var schema: Tree = ["type": "object"]
        schema["properties"] = .map(TreeMap(fields.map { ($0.name, property($0)) }))
        let required = fields.filter(\.isRequired).map { Tree.string($0.name) }
        if !required.isEmpty { schema["required"] = .list(required) }
        return schema
    }

    /// The same, with whatever else somebody writes into it.
    static func strict(_ fields: [SchemaField]) -> Tree {
        var schema = object(fields)
        schema["x-kubernetes-preserve-unknown-fields"] = true
        return schema
    }

    private static func property(_ field: SchemaField) -> Tree {
        var schema = shape(field.shape)
        schema["description"] = .string(field.text)
        schema["default"] = field.standard
        if !field.choices.isEmpty { schema["enum"] = .list(field.choices.map(Tree.string)) }
        if let pattern = field.pattern { schema["pattern"] = .string(pattern) }
        if let length = field.length {
            schema["minLength"] = .number(Tree.Number(length.lowerBound))
            schema["maxLength"] = .number(Tree.Number(length.upperBound))
        }
        if let count = field.count {
            schema["minItems"] = .number(Tree.Number(count.lowerBound))
            schema["maxItems"] = .number(Tree.Number(count.upperBound))
        }
        if let least = field.least { schema["minimum"] = .number(Tree.Number(least)) }
        return schema
    }

    private static func shape(_ shape: SchemaField.Shape) -> Tree {
        switch shape {
        case .string: ["type": "string"]
        case .boolean: ["type": "boolean"]
        case .integer: ["type": "integer", "format": "int64"]
        case .duration(let hours):
            ["type": "string", "pattern": .string("^([0-9]+(\\.[0-9]+)?(ms|s|m\(hours ? "|h" : "")))+$")]
        case .time: ["type": "string", "format": "date-time"]
        case .stringMap: ["type": "object", "additionalProperties": ["type": "string"]]
        case .list(let element): ["type": "array", "items": Self.shape(element)]
        case .object(let fields): object(fields)
        case .strict(let fields): strict(fields)
        case .conditions: conditions
        case .opaque(let type) where type == "array":
            ["type": "array", "items": ["type": "object", "x-kubernetes-preserve-unknown-fields": true]]
        case .opaque(let type): ["type": .string(type), "x-kubernetes-preserve-unknown-fields": true]
        }
    }

    /// `metav1.Condition`.
    private static var conditions: Tree {
        let fields = [
            SchemaField("type", .string, "Type of the condition, in CamelCase.").required().length(1...316),
            SchemaField("status", .string, "True, False or Unknown.").required().oneOf("True", "False", "Unknown"),
            SchemaField("reason", .string, "The reason for the last transition, in CamelCase.").required()
                .length(1...1024),
            SchemaField("message", .string, "What happened, for people.").required().length(0...32_768),
            SchemaField("observedGeneration", .integer, "The generation that the condition was set from."),
            SchemaField("lastTransitionTime", .time, "When the status last changed.").required(),
        ]
        return ["type": "array", "items": object(fields)]
    }
}

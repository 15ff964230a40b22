extension Kustomization {
    /// Variables that are put into the built objects.
    package struct PostBuild: Hashable, Sendable {
        /// When objects are gone through.
        package enum Strategy: String, Hashable, Sendable {
            /// Only where there are variables.
            case withVariables = "WithVariables"
            /// Also where there are none, so that defaults count.
            case always = "Always"
        }

        /// These win over those of `references`.
        package let variables: [String: String]
        /// Later ones win.
        package let references: [VariableReference]
        package let strategy: Strategy
        /// References mean what they mean to a shell, and not what they mean to Flux.
        package let followsShell: Bool
    }

    /// A ConfigMap or a Secret of the Kustomization's namespace, each of whose entries is a variable.
    package struct VariableReference: Hashable, Sendable {
        package enum Kind: String, Hashable, Sendable {
            case configMap = "ConfigMap"
            case secret = "Secret"
        }

        package let kind: Kind
        package let name: String
        /// It need not exist.
        package let isOptional: Bool
        /// Where in the spec it stands.
        package let field: String
    }

    static func postBuild(_ reader: FieldReader) throws -> PostBuild? {
        guard reader.isPresent else { return nil }
        let strategy = try reader.choice("substituteStrategy", ["WithVariables", "Always"])
        return PostBuild(
            variables: try reader.strings("substitute"),
            references: try reader.objects("substituteFrom").map(variableReference),
            strategy: PostBuild.Strategy(rawValue: strategy) ?? .withVariables,
            followsShell: try reader.choice("dialect", ["flux", "shell"]) == "shell"
        )
    }

    private static func variableReference(_ reader: FieldReader) throws -> VariableReference {
        let kind = try reader.requiredString("kind")
        guard let kind = VariableReference.Kind(rawValue: kind) else {
            throw reader.error("kind", "is \"\(kind)\"; it has to be ConfigMap or Secret")
        }
        return VariableReference(
            kind: kind,
            name: try reader.requiredString("name"),
            isOptional: try reader.flag("optional"),
            field: reader.path
        )
    }
}

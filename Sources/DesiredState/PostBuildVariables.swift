internal import CoreModel
package import KubeModel
internal import KustomizeBuild
internal import ManifestTree
internal import SluiceAPI

/// Reads the variables of a Kustomization, each ConfigMap and Secret once.
package struct PostBuildVariables: Sendable {
    /// Gives one ConfigMap or Secret; nil where it does not exist.
    package typealias Lookup = @Sendable (ResourceType, ObjectKey) async throws -> KubeObject?

    private let lookup: Lookup?
    private let isStrict: Bool

    /// - Parameters:
    ///   - isStrict: a variable that is not set and has no default is an error.
    ///   - lookup: nil leaves the variables of ConfigMaps and Secrets out, as a dry run does.
    package init(isStrict: Bool, lookup: Lookup?) {
        self.isStrict = isStrict
        self.lookup = lookup
    }

    private static func type(_ kind: Kustomization.VariableReference.Kind) -> ResourceType {
        switch kind {
        case .configMap:
            ResourceType(group: "", version: "v1", resource: "configmaps", kind: "ConfigMap", namespaced: true)
        case .secret: ResourceType(group: "", version: "v1", resource: "secrets", kind: "Secret", namespaced: true)
        }
    }

    /// What is to be done with the built objects; nil for nothing.
    /// - Throws: `DesiredStateError.missingVariables` for an object that has to be there; `BuildError` for a name that
    ///   is none; whatever the lookup throws.
    func substitution(_ postBuild: Kustomization.PostBuild?, namespace: String) async throws -> VariableSubstitution? {
        guard let postBuild else { return nil }
        var variables: [String: String] = [:]
        for reference in postBuild.references {
            variables.merge(try await values(of: reference, namespace: namespace)) { $1 }
        }
        variables.merge(postBuild.variables) { $1 }
        if variables.isEmpty, postBuild.strategy == .withVariables { return nil }
        let dialect: SubstitutionDialect = postBuild.followsShell ? .shell : .flux
        return try VariableSubstitution(variables, dialect: dialect, isStrict: isStrict)
    }

    private func values(
        of reference: Kustomization.VariableReference,
        namespace: String
    ) async throws -> [String: String] {
        guard let lookup else { return [:] }
        let key = ObjectKey(namespace: namespace, name: reference.name)
        guard let object = try await lookup(Self.type(reference.kind), key) else {
            if reference.isOptional { return [:] }
            throw DesiredStateError(
                .missingVariables,
                "\(reference.field) names the \(reference.kind.rawValue) \(key), which does not exist; "
                    + "create it, or set optional: true"
            )
        }
        var values: [String: String] = [:]
        for (name, value) in object.tree["data"]?.map ?? TreeMap() {
            guard let text = value.string else { continue }
            guard reference.kind == .secret else {
                values[name] = text
                continue
            }
            guard let bytes = Base64.decode(text, ignoringLineBreaks: true) else { continue }
            values[name] = String(decoding: bytes, as: UTF8.self)
        }
        return values
    }
}

import CoreModel
import KubeClient
import KubeModel
import KustomizeBuild
import ManifestTree
import SluiceAPI

/// Reads the variables of a Kustomization, each ConfigMap and Secret once.
struct PostBuildVariables: Sendable {
    let client: KubeClient
    /// A variable that is not set and has no default is an error.
    let isStrict: Bool

    private static func type(_ kind: Kustomization.VariableReference.Kind) -> ResourceType {
        switch kind {
        case .configMap:
            ResourceType(group: "", version: "v1", resource: "configmaps", kind: "ConfigMap", namespaced: true)
        case .secret: ResourceType(group: "", version: "v1", resource: "secrets", kind: "Secret", namespaced: true)
        }
    }

    /// What is to be done with the built objects; nil for nothing.
    /// - Throws: `NotReadyYet` for an object that has to be there; `KubeError`; `BuildError` for a name that is none.
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
        let key = ObjectKey(namespace: namespace, name: reference.name)
        guard let object = try await client.get(Self.type(reference.kind), key) else {
            if reference.isOptional { return [:] }
            throw NotReadyYet(
                message: "\(reference.field) names the \(reference.kind.rawValue) \(key), which does not exist; "
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

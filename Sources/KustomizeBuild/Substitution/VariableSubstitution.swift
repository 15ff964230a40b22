package import ManifestTree

/// Replaces references such as `${TAG}` in built objects by values: Flux's `spec.postBuild`.
///
/// Works on the YAML text of each object, as Flux does, so that `replicas: ${COUNT}` becomes a number. Objects without
/// a `$`, and those that opt out by the label or annotation `kustomize.toolkit.fluxcd.io/substitute: disabled`, stay as
/// they are.
package struct VariableSubstitution: Sendable {
    private let variables: [String: String]
    private let dialect: SubstitutionDialect
    private let isStrict: Bool

    package static let optOut = "kustomize.toolkit.fluxcd.io/substitute"

    /// Line breaks are taken out of the values.
    /// - Parameter isStrict: a variable that is not set and has no default is an error, and not empty.
    /// - Throws: `BuildError.invalid` for a name that is none.
    package init(
        _ variables: [String: String],
        dialect: SubstitutionDialect = .flux,
        isStrict: Bool = true
    ) throws {
        for name in variables.keys.sorted() where !Self.isName(name) {
            throw BuildError(
                .invalid,
                "The variable name '\(name)' is invalid; a name has letters, digits and '_', and no digit in front"
            )
        }
        self.variables = variables.mapValues { value in
            value.utf8.contains(0x0A) ? String(value.unicodeScalars.filter { $0 != "\n" }.map(Character.init)) : value
        }
        self.dialect = dialect
        self.isStrict = isStrict
    }

    /// The objects with their values, in the same order.
    /// - Throws: `BuildError.invalid` that names object, line of its YAML and variable.
    package func apply(to objects: [Tree]) throws -> [Tree] {
        try objects.map(apply)
    }

    private func apply(to object: Tree) throws -> Tree {
        let bytes = object.yamlBytes(sortedKeys: true)
        guard bytes.contains(UInt8(ascii: "$")), !Self.optsOut(object) else { return object }
        let name = Self.name(of: object)
        do {
            let template = try SubstitutionTemplate(String(decoding: bytes, as: UTF8.self), dialect: dialect)
            let evaluation = SubstitutionEvaluation(variables: variables, dialect: dialect, isStrict: isStrict)
            let text = try evaluation.text(of: template.parts)
            return try YAMLReader.document(Array(text.utf8), source: "\(name) after substitution")
        } catch let problem as SubstitutionProblem {
            var place = BuildError.Place()
            place.object = name
            place.line = problem.line
            throw BuildError(
                .invalid,
                "post build failed for \(name), line \(problem.line): \(problem.phrase)",
                at: place
            )
        } catch let error as ManifestError {
            var place = BuildError.Place()
            place.object = name
            place.line = error.position?.line
            // What exactly is wrong may quote a value, and values come from Secrets too.
            throw BuildError(
                .invalid,
                "post build failed for \(name)\(error.position.map { ", line \($0.line)" } ?? ""): with the variables' "
                    + "values it is not valid YAML; put the reference into quotes, or correct the value",
                at: place
            )
        }
    }

    private static func optsOut(_ object: Tree) -> Bool {
        ["labels", "annotations"].contains { object["metadata"]?[$0]?[optOut]?.string == "disabled" }
    }

    private static func name(of object: Tree) -> String {
        let metadata = object["metadata"]
        let path = [object["kind"]?.string, metadata?["namespace"]?.string, metadata?["name"]?.string]
        return path.compactMap(\.self).joined(separator: "/")
    }

    private static func isName(_ name: String) -> Bool {
        guard let first = name.utf8.first, !(0x30...0x39).contains(first) else { return false }
        return name.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x5F, 0x61...0x7A: true
            default: false
            }
        }
    }
}

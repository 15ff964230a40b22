import Foundation

/// A cluster of `hack/cluster` and kubectl for it.
struct Kubectl: Sendable {
    private let script: String
    private let folder: String

    init(folder: URL) throws {
        script = "\(try Tool.setting("SLUICE_REPOSITORY"))/hack/cluster"
        self.folder = folder.path
    }

    var tool: Tool { Tool(path: script) }
    var prefix: [String] { ["kubectl", folder] }
    var kubeconfig: String { "\(folder)/kubeconfig" }

    /// `hack/cluster COMMAND`.
    @discardableResult
    func cluster(_ command: [String]) throws -> String {
        try tool.succeed(command + [folder])
    }

    /// kubectl as the administrator.
    @discardableResult
    func run(_ arguments: [String], input: String? = nil) throws -> String {
        try tool.succeed(prefix + arguments, input: input)
    }

    /// Applies manifests.
    func apply(_ manifests: String) throws {
        try run(["apply", "--validate=false", "-f", "-"], input: manifests)
    }

    /// Makes a Secret of the namespace `default`, or one that is there anew, with these entries alone.
    func setSecret(_ name: String, _ files: [(entry: String, path: String)]) throws {
        let made = try run(
            ["create", "secret", "generic", name, "-n", "default", "--dry-run=client", "-o", "yaml"]
                + files.map { "--from-file=\($0.entry)=\($0.path)" }
        )
        try apply(made)
    }

    /// The output of a JSONPath, empty for objects and fields that are not there.
    func read(_ object: [String], _ path: String) throws -> String {
        try tool.run(prefix + ["get"] + object + ["--ignore-not-found", "-o", "jsonpath={\(path)}"]).output
    }

    /// `True`, `False`, `Unknown` or empty.
    func condition(_ object: [String], _ type: String) throws -> String {
        try read(object, ".status.conditions[?(@.type==\"\(type)\")].status")
    }

    /// The reason and message of a condition.
    func explanation(_ object: [String], _ type: String) throws -> String {
        let path = ".status.conditions[?(@.type==\"\(type)\")]"
        return try read(object, "\(path).reason") + ": " + read(object, "\(path).message")
    }
}

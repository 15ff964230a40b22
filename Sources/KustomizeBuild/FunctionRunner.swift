/// Runs the programs that KRM functions are, where a build may run any. Building itself starts none.
package protocol FunctionRunner: Sendable {
    /// Runs a program to its end.
    /// - Parameters:
    ///   - program: the path as it stands in the function's annotation.
    ///   - directory: where it runs and what a relative path starts from; a path of the source tree.
    ///   - input: a `ResourceList` as YAML, for standard input.
    /// - Returns: standard output.
    /// - Throws: when it cannot be started or does not end with 0.
    func run(_ program: String, in directory: String, input: [UInt8]) throws -> [UInt8]
}

/// What a build may do besides reading its source.
package struct BuildPermissions: Sendable {
    /// Whether plugins that are not built in may be used at all: `--enable-alpha-plugins`.
    package var allowsPlugins = false
    /// What runs the programs of exec functions: `--enable-exec`. Nil refuses them.
    package var functions: (any FunctionRunner)?
    /// What fetches remote files and repositories. Nil refuses them.
    package var remotes: (any RemoteLoader)?

    package init() {}
}

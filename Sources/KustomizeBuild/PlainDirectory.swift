/// A directory without a kustomization file, built from the manifests below it as Flux does.
struct PlainDirectory {
    let reader: SourceReader

    /// What a kustomization file there would list: every YAML file below, and instead of what is below a directory with
    /// a kustomization file of its own, that directory. Relative to the directory, in the order of a walk by name.
    /// - Throws: `BuildError.unreadable`.
    func resources(of directory: String) throws -> [String] {
        var found: [String] = []
        try walk(directory, "", &found, depth: 0)
        return found
    }

    private func walk(_ directory: String, _ relative: String, _ found: inout [String], depth: Int) throws {
        guard depth < 64 else {
            throw BuildError(
                .refused,
                "\(directory) is more than 64 directories deep. Flatten it",
                at: .init(file: directory)
            )
        }
        for entry in try entries(directory) {
            let path = SourcePath.join(directory, entry.name)
            let name = SourcePath.join(relative, entry.name)
            if entry.isDirectory {
                if try holdsKustomization(path) {
                    found.append(name)
                } else {
                    try walk(path, name, &found, depth: depth + 1)
                }
            } else if entry.name.hasSuffix(".yaml") || entry.name.hasSuffix(".yml") {
                found.append(name)
            }
        }
    }

    private func holdsKustomization(_ directory: String) throws -> Bool {
        try Kustomization.fileNames.contains { try reader.kind(SourcePath.join(directory, $0)) == .file }
    }

    private func entries(_ directory: String) throws -> [SourceEntry] {
        do {
            return try reader.files.entries(directory) ?? []
        } catch {
            throw BuildError(.unreadable, "\(directory) cannot be listed", at: .init(file: directory), cause: error)
        }
    }
}

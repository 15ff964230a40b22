/// Where an object comes from and what changed it, for the annotations that `buildMetadata` asks for.
struct Provenance: Sendable {
    /// The clone that a path starts from; nil for the source itself.
    struct Repository: Hashable, Sendable {
        let url: String
        let reference: String?
    }

    /// A generator or transformer, and the file that configures it.
    struct Step: Hashable, Sendable {
        var repository: Repository?
        var file: String
        var apiVersion: String
        var kind: String
        var name = ""
        var namespace = ""

        /// As YAML, without indentation.
        fileprivate var lines: [String] {
            var lines = (repository?.lines ?? []) + ["configuredIn: \(file)", "configuredBy:"]
            lines += ["  apiVersion: \(apiVersion)", "  kind: \(kind)"]
            if !name.isEmpty { lines.append("  name: \(name)") }
            if !namespace.isEmpty { lines.append("  namespace: \(namespace)") }
            return lines
        }
    }

    enum Origin: Hashable, Sendable {
        case file(String, Repository?)
        case generator(Step)
    }

    var origin: Origin?
    private(set) var transformations: [Step] = []
    /// A patch has taken away the annotations in which kustomize keeps all of this: the transformer that did it becomes
    /// the origin.
    private var isLost = false

    static let originKey = "config.kubernetes.io/origin"
    static let transformationsKey = "alpha.config.kubernetes.io/transformations"

    init(origin: Origin?) { self.origin = origin }

    static let lost = {
        var lost = Provenance(origin: nil)
        lost.isLost = true
        return lost
    }()

    /// To be called after each transformer.
    mutating func note(_ step: Step, _ tracking: OriginTracking) {
        if isLost {
            self = tracking.provenance(ofGenerator: step)
        } else if tracking.notesTransformers {
            transformations.append(step)
        }
    }

    /// The value of the origin annotation.
    var originText: String? {
        switch origin {
        case .file(let path, let repository):
            (["path: \(path)"] + (repository?.lines ?? [])).map { "\($0)\n" }.joined()
        case .generator(let step): step.lines.map { "\($0)\n" }.joined()
        case nil: nil
        }
    }

    /// The value of the transformations annotation; nil when nothing was transformed.
    var transformationsText: String? {
        guard !transformations.isEmpty else { return nil }
        return transformations.map { step in
            step.lines.enumerated().map { "\($0 == 0 ? "- " : "  ")\($1)\n" }.joined()
        }.joined()
    }
}

extension Provenance.Repository {
    fileprivate var lines: [String] { ["repo: \(url)"] + (reference.map { ["ref: \($0)"] } ?? []) }
}

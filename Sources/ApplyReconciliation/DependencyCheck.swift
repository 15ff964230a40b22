import ControllerRuntime
import KubeModel
import ManifestTree
import SluiceAPI

/// Whether the Kustomizations that another one depends on have done their part.
struct DependencyCheck: Sendable {
    let kustomizations: ObjectCache

    /// - Throws: `NotReadyYet` that names the first dependency that is not ready, and why.
    func check(_ key: ObjectKey, _ spec: Kustomization.Spec, revision: String) throws {
        for dependency in spec.dependencies {
            if dependency == key {
                throw NotReadyYet(message: "dependency '\(dependency)' is the Kustomization itself; remove it")
            }
            guard let object = kustomizations[dependency] else {
                throw NotReadyYet(
                    message: "dependency '\(dependency)' does not exist; create it or change spec.dependsOn"
                )
            }
            guard object.tree[path: ["status", "observedGeneration"]]?.integer == object.generation,
                object.conditions.isTrue(ApplyCondition.ready)
            else {
                if let cycle = cycle(from: dependency, to: key) {
                    let names = ([key] + cycle).map(\.description).joined(separator: " → ")
                    throw NotReadyYet(
                        message: "dependency '\(dependency)' waits for this Kustomization in turn (\(names)); "
                            + "remove one of spec.dependsOn"
                    )
                }
                throw NotReadyYet(message: "dependency '\(dependency)' is not ready")
            }
            // Two that share a source have to agree on its revision, or the dependent would be ahead.
            let sharesSource = (try? Kustomization(object).spec().source) == spec.source
            let applied = object.tree[path: ["status", "lastAppliedRevision"]]?.string
            if sharesSource, applied != revision {
                throw NotReadyYet(message: "dependency '\(dependency)' has not applied the revision \(revision) yet")
            }
        }
    }

    /// The way from one Kustomization over dependencies to another; nil where there is none.
    private func cycle(from start: ObjectKey, to end: ObjectKey) -> [ObjectKey]? {
        var cameFrom: [ObjectKey: ObjectKey] = [:]
        var open = [start]
        var seen: Set<ObjectKey> = [start]
        while let key = open.popLast() {
            let next = kustomizations[key].flatMap { try? Kustomization($0).spec().dependencies } ?? []
            for dependency in next {
                if dependency == end {
                    var way = [key]
                    while let last = way.last, let before = cameFrom[last] { way.append(before) }
                    return way.reversed() + [end]
                }
                guard seen.insert(dependency).inserted else { continue }
                cameFrom[dependency] = key
                open.append(dependency)
            }
        }
        return nil
    }
}

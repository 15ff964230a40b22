package import KubeModel
package import SluiceAPI
import Synchronization

/// Which Kustomizations wait for which objects: the way back from a change to those that have to look at it.
///
/// Kept up by the changes of the Kustomizations themselves, so that waking the dependents of an object costs their
/// number and not that of all Kustomizations.
package final class DependencyIndex: Sendable {
    /// What a Kustomization can depend on.
    enum Subject: Hashable, Sendable {
        case source(ObjectKey)
        case kustomization(ObjectKey)
    }

    private struct State {
        var subjects: [ObjectKey: Set<Subject>] = [:]
        var dependents: [Subject: Set<ObjectKey>] = [:]
    }

    private let state = Mutex(State())

    package init() {}

    /// Takes a Kustomization as it is now; nil for one that is gone.
    package func update(_ key: ObjectKey, _ kustomization: Kustomization?) {
        let subjects = kustomization.map(Self.subjects) ?? []
        state.withLock { state in
            let old = state.subjects[key] ?? []
            guard old != subjects else { return }
            for subject in old.subtracting(subjects) {
                state.dependents[subject]?.remove(key)
                if state.dependents[subject]?.isEmpty == true { state.dependents[subject] = nil }
            }
            for subject in subjects.subtracting(old) { state.dependents[subject, default: []].insert(key) }
            state.subjects[key] = subjects.isEmpty ? nil : subjects
        }
    }

    /// The Kustomizations that take their artifact from a source.
    package func dependents(onSource key: ObjectKey) -> Set<ObjectKey> {
        state.withLock { $0.dependents[.source(key)] ?? [] }
    }

    /// The Kustomizations that name another one in `dependsOn`.
    package func dependents(onKustomization key: ObjectKey) -> Set<ObjectKey> {
        state.withLock { $0.dependents[.kustomization(key)] ?? [] }
    }

    private static func subjects(of kustomization: Kustomization) -> Set<Subject> {
        // A spec that is invalid depends on nothing: only its own change can mend it.
        guard let spec = try? kustomization.spec() else { return [] }
        return Set([.source(spec.source.key)] + spec.dependencies.map(Subject.kustomization))
    }
}

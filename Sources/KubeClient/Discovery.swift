import KubeModel
import ManifestTree
import Synchronization

/// Which kinds an API server has: asked for one group and version at a time, when first needed, and kept.
final class Discovery: Sendable {
    private struct Held {
        var types: [ResourceType]
        /// Counts the answers, so that those who waited for one do not ask once more.
        var revision: Int
    }

    private struct State {
        var groups: [String: Held] = [:]
        var revision = 0
    }

    private let connection: ClusterConnection
    private let state = Mutex(State())
    /// One question at a time: a burst of lookups costs one request.
    private let flight = PermitPool(1)

    init(_ connection: ClusterConnection) { self.connection = connection }

    func type(of gvk: GroupVersionKind) async throws -> ResourceType {
        let known = held(gvk.apiVersion)
        if let type = known?.types.first(where: { $0.kind == gvk.kind }) { return type }
        let types = try await refresh(gvk, since: known?.revision)
        guard let type = types.first(where: { $0.kind == gvk.kind }) else {
            throw KubeError(
                .noKindMatch,
                "no matches for kind \"\(gvk.kind)\" in version \"\(gvk.apiVersion)\"; "
                    + "install its CustomResourceDefinition first"
            )
        }
        return type
    }

    func preferredType(of kind: GroupKind) async throws -> ResourceType {
        for version in try await versions(of: kind.group) {
            let gvk = GroupVersionKind(group: kind.group, version: version, kind: kind.kind)
            do {
                return try await type(of: gvk)
            } catch let error as KubeError where error.code == .noKindMatch {
                continue
            }
        }
        throw KubeError(.noKindMatch, "no matches for kind \"\(kind.kind)\" in group \"\(kind.group)\"")
    }

    func forget() {
        state.withLock { $0.groups = [:] }
    }

    private func held(_ apiVersion: String) -> Held? { state.withLock { $0.groups[apiVersion] } }

    private func refresh(_ gvk: GroupVersionKind, since revision: Int?) async throws -> [ResourceType] {
        try await flight.withPermit {
            if let held = held(gvk.apiVersion), held.revision != revision { return held.types }
            let types = try await fetch(gvk)
            state.withLock { state in
                state.revision += 1
                state.groups[gvk.apiVersion] = Held(types: types, revision: state.revision)
            }
            return types
        }
    }

    /// An unknown group or version has no kinds.
    private func fetch(_ gvk: GroupVersionKind) async throws -> [ResourceType] {
        do {
            let request = KubeRequest.resources(group: gvk.group, version: gvk.version)
            let tree = try await connection.send(request, as: nil).tree
            return (tree["resources"]?.list ?? []).compactMap { Self.type($0, gvk) }
        } catch let error as KubeError where error.code == .notFound {
            return []
        }
    }

    /// The versions of a group, the preferred one first.
    private func versions(of group: String) async throws -> [String] {
        if group.isEmpty { return ["v1"] }
        do {
            let tree = try await connection.send(.group(group), as: nil).tree
            let preferred = tree["preferredVersion"]?["version"]?.string
            let all = (tree["versions"]?.list ?? []).compactMap { $0["version"]?.string }
            return (preferred.map { [$0] } ?? []) + all.filter { $0 != preferred }
        } catch let error as KubeError where error.code == .notFound {
            return []
        }
    }

    /// Nil for subresources.
    private static func type(_ entry: Tree, _ gvk: GroupVersionKind) -> ResourceType? {
        guard let name = entry["name"]?.string, !name.contains("/"), let kind = entry["kind"]?.string else {
            return nil
        }
        return ResourceType(
            group: gvk.group,
            version: gvk.version,
            resource: name,
            kind: kind,
            namespaced: entry["namespaced"]?.bool ?? false
        )
    }
}

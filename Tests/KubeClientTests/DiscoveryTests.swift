import KubeClient
import KubeModel
import ManifestTree
import Testing

@Suite("Discovery")
struct DiscoveryTests {
    private let deployment = GroupVersionKind(group: "apps", version: "v1", kind: "Deployment")
    private static let apps: Tree = [
        "resources": [
            ["name": "deployments", "kind": "Deployment", "namespaced": true],
            ["name": "deployments/scale", "kind": "Scale", "namespaced": true],
        ]
    ]

    @Test func asksOnceForAGroupVersion() async throws {
        let transport = ScriptedTransport([.json(200, Self.apps)])
        let client = transport.client()
        let gvk = deployment
        try await withThrowingTaskGroup(of: ResourceType.self) { group in
            for _ in 0..<20 { group.addTask { try await client.resourceType(for: gvk) } }
            for try await type in group { #expect(type.resource == "deployments" && type.namespaced) }
        }
        _ = try await client.impersonating(user: "u").resourceType(for: gvk)
        #expect(transport.lines == ["GET /base/apis/apps/v1"], "twenty lookups and another identity share one request")
    }

    @Test func asksAgainForAKindThatWasNotThere() async throws {
        let transport = ScriptedTransport([.json(200, ["resources": []]), .json(200, Self.apps)])
        let client = transport.client()
        let error = await #expect(throws: KubeError.self) { try await client.resourceType(for: deployment) }
        #expect(error?.code == .noKindMatch)
        #expect(error?.message.contains("no matches for kind \"Deployment\" in version \"apps/v1\"") == true)
        #expect(try await client.resourceType(for: deployment).resource == "deployments")
    }

    @Test func takesSubresourcesForNothing() async throws {
        let transport = ScriptedTransport([.json(200, Self.apps)])
        let scale = GroupVersionKind(group: "apps", version: "v1", kind: "Scale")
        await #expect(throws: KubeError.self) { try await transport.client().resourceType(for: scale) }
    }

    @Test func findsTheVersionThatHasAKind() async throws {
        let transport = ScriptedTransport([
            .json(200, ["preferredVersion": ["version": "v2"], "versions": [["version": "v2"], ["version": "v1"]]]),
            .json(200, ["resources": []]),
            .json(200, Self.apps),
        ])
        let type = try await transport.client().resourceType(for: deployment.groupKind)
        #expect(type.version == "v1", "the preferred version does not have the kind any more")
    }
}

package import KubeModel
import ManifestTree

extension KubeClient {
    /// Reads one object; nil when there is none.
    package func get(_ type: ResourceType, _ key: ObjectKey) async throws -> KubeObject? {
        let request = try building { () throws(KubeModelError) in try KubeRequest.get(type, key) }
        do {
            return try await object(request, type).object
        } catch let error as KubeError where error.code == .notFound {
            return nil
        }
    }

    /// Creates an object.
    /// - Throws: `alreadyExists` and all other refusals.
    @discardableResult
    package func create(
        _ type: ResourceType,
        _ object: KubeObject,
        _ options: WriteOptions = WriteOptions()
    ) async throws -> KubeObject {
        let request = try building { () throws(KubeModelError) in try KubeRequest.create(type, object, options) }
        return try await self.object(request, type).object
    }

    /// Replaces an object.
    /// - Throws: `conflict` when its resource version is no longer the stored one.
    @discardableResult
    package func replace(
        _ type: ResourceType,
        _ object: KubeObject,
        _ options: WriteOptions = WriteOptions()
    ) async throws -> KubeObject {
        let request = try building { () throws(KubeModelError) in try KubeRequest.replace(type, object, options) }
        return try await self.object(request, type).object
    }

    /// Changes an object, or the subresource that the options name.
    @discardableResult
    package func patch(
        _ type: ResourceType,
        _ key: ObjectKey,
        _ patch: KubePatch,
        _ options: WriteOptions = WriteOptions()
    ) async throws -> KubeObject {
        let request = try building { () throws(KubeModelError) in try KubeRequest.patch(type, key, patch, options) }
        return try await object(request, type).object
    }

    /// Applies an object server-side and tells whether that created it. `force` takes fields that others manage.
    /// - Throws: `conflict` where others manage a field with another value and `force` is not set.
    package func apply(
        _ type: ResourceType,
        _ object: KubeObject,
        manager: String,
        force: Bool = true
    ) async throws -> KubeWriteAnswer {
        let patch = KubePatch.apply(object, manager: manager, force: force)
        let request = try building { () throws(KubeModelError) in try KubeRequest.patch(type, object.key, patch) }
        return try await self.object(request, type)
    }

    /// Deletes an object. Finalizers may hold it after that. False when there was none.
    /// - Throws: `conflict` when a precondition does not hold.
    @discardableResult
    package func delete(
        _ type: ResourceType,
        _ key: ObjectKey,
        _ options: DeleteOptions = DeleteOptions()
    ) async throws -> Bool {
        let request = try building { () throws(KubeModelError) in try KubeRequest.delete(type, key, options) }
        do {
            _ = try await connection.send(request, as: impersonation)
            return true
        } catch let error as KubeError where error.code == .notFound {
            return false
        }
    }
}

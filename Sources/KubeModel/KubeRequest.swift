package import HTTPExchange
package import ManifestTree

/// One request to an API server, as a value: no host, no credentials, nothing sent.
package struct KubeRequest: Hashable, Sendable {
    package struct Parameter: Hashable, Sendable {
        package let name: String
        package let value: String
    }

    package var method: HTTPMethod
    /// Percent-encoded, beginning with `/`.
    package var path: String
    package var parameters: [Parameter] = []
    /// The media types to ask for.
    package var accept = "application/json"
    /// The document to send, as JSON.
    package var body: Tree?
    package var contentType = "application/json"

    package init(_ method: HTTPMethod, path: String) {
        self.method = method
        self.path = path
    }

    /// Path and parameters, as the request line holds them.
    package var target: String {
        guard !parameters.isEmpty else { return path }
        let query = parameters.map { "\(HTTPURL.percentEncode($0.name))=\(HTTPURL.percentEncode($0.value))" }
        return "\(path)?\(query.joined(separator: "&"))"
    }

    /// The value of a parameter.
    package subscript(parameter: String) -> String? { parameters.first { $0.name == parameter }?.value }

    /// The path of all objects of a type, of one namespace or of all (`""` or nil).
    package static func collectionPath(_ type: ResourceType, namespace: String?) -> String {
        var path = type.group.isEmpty ? "/api" : "/apis/\(HTTPURL.percentEncode(type.group))"
        path += "/\(HTTPURL.percentEncode(type.version))"
        if type.namespaced, let namespace, !namespace.isEmpty {
            path += "/namespaces/\(HTTPURL.percentEncode(namespace))"
        }
        return "\(path)/\(HTTPURL.percentEncode(type.resource))"
    }

    /// The path of one object, or of its subresource.
    /// - Throws: `invalidName` for a name that would change the meaning of the path, for a namespaced type without
    ///   namespace and for a namespace that breaks the rules.
    package static func objectPath(
        _ type: ResourceType,
        _ key: ObjectKey,
        subresource: String? = nil
    ) throws(KubeModelError) -> String {
        guard NameRules.isPathSegment(key.name) else {
            throw KubeModelError(.invalidName, "The \(type.kind) name \"\(key.name)\" cannot be used in a request")
        }
        try checkNamespace(type, key)
        let tail = subresource.map { "/\(HTTPURL.percentEncode($0))" } ?? ""
        return collectionPath(type, namespace: key.namespace) + "/\(HTTPURL.percentEncode(key.name))\(tail)"
    }

    static func checkNamespace(_ type: ResourceType, _ key: ObjectKey) throws(KubeModelError) {
        guard type.namespaced else { return }
        guard !key.namespace.isEmpty else {
            throw KubeModelError(
                .invalidName,
                "\(type.kind)/\(key.name) has no namespace, but objects of its kind live in one; set metadata.namespace"
            )
        }
        guard NameRules.isPathSegment(key.namespace) else {
            throw KubeModelError(.invalidName, "\(type.kind)/\(key) has a namespace that cannot be used in a request")
        }
    }

    mutating func add(_ name: String, _ value: String?) {
        if let value { parameters.append(Parameter(name: name, value: value)) }
    }

    func adding(_ name: String, _ value: String?) -> KubeRequest {
        var request = self
        request.add(name, value)
        return request
    }
}

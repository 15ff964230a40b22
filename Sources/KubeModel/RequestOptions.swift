/// Which objects of a collection to read, and how much of each.
package struct ListOptions: Hashable, Sendable {
    package var labels = LabelSelector()
    /// The API server's own field selector notation, such as `metadata.name=podinfo`.
    package var fields: String?
    /// Objects per page, 0 for no pages; the pages are put together by the client.
    package var pageSize = 500
    /// Take any state from this resource version on, which the server can answer from its memory; nil for the newest.
    package var notOlderThan: String?
    /// Ask for `PartialObjectMetadata` only: names, labels, annotations, versions, no spec and no status.
    package var metadataOnly = false

    package init(labels: LabelSelector = LabelSelector(), fields: String? = nil, metadataOnly: Bool = false) {
        self.labels = labels
        self.fields = fields
        self.metadataOnly = metadataOnly
    }
}

/// How an object is written.
package struct WriteOptions: Hashable, Sendable {
    /// Who the API server records as the writer of the fields.
    package var fieldManager: String?
    /// Check everything, store nothing.
    package var dryRun: Bool
    /// Such as `status`.
    package var subresource: String?

    package init(fieldManager: String? = nil, dryRun: Bool = false, subresource: String? = nil) {
        self.fieldManager = fieldManager
        self.dryRun = dryRun
        self.subresource = subresource
    }
}

/// How an object is deleted.
package struct DeleteOptions: Hashable, Sendable {
    package enum Propagation: String, Hashable, Sendable {
        case background = "Background"
        case foreground = "Foreground"
        case orphan = "Orphan"
    }

    package var propagation: Propagation?
    /// Delete only the object with this uid, never another one of the same name.
    package var uid: String?
    package var resourceVersion: String?
    package var dryRun: Bool

    package init(
        propagation: Propagation? = nil,
        uid: String? = nil,
        resourceVersion: String? = nil,
        dryRun: Bool = false
    ) {
        self.propagation = propagation
        self.uid = uid
        self.resourceVersion = resourceVersion
        self.dryRun = dryRun
    }
}

/// How a collection is watched.
package struct WatchOptions: Hashable, Sendable {
    package var labels = LabelSelector()
    package var fields: String?
    package var metadataOnly = false
    /// After which the API server ends the watch by itself, so that watches spread over servers again.
    package var timeout: Duration = .seconds(290)

    package init(labels: LabelSelector = LabelSelector(), fields: String? = nil, metadataOnly: Bool = false) {
        self.labels = labels
        self.fields = fields
        self.metadataOnly = metadataOnly
    }
}

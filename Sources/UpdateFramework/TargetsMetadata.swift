internal import ManifestTree

/// Which targets there are, and whom else to ask for some of them.
struct TargetsMetadata: Sendable {
    let document: SignedDocument
    let targets: MetadataFields
    /// In the order in which they are asked.
    let delegations: [Delegation]
    /// The keys that this file declares for those it delegates to.
    let keys: [String: FrameworkKey]

    init(parsing bytes: [UInt8], name: String) throws(UpdateError) {
        document = try SignedDocument(parsing: bytes, name: name, type: "targets")
        targets = try document.signed.map("targets")
        guard document.signed.entries["delegations"] != nil else {
            delegations = []
            keys = [:]
            return
        }
        let written = try document.signed.map("delegations")
        keys = try RoleKeys.declared(written.map("keys"))
        var delegations: [Delegation] = []
        var names: Set<String> = []
        for role in try written.list("roles") {
            let fields = try MetadataFields(role, written.path("roles"), in: name)
            let delegation = try Delegation(fields, declared: keys)
            guard names.insert(delegation.name).inserted else {
                throw fields.malformed("it delegates to the role '\(delegation.name.forMessage)' twice")
            }
            delegations.append(delegation)
        }
        self.delegations = delegations
    }

    /// What this role says of a target; nil where it says nothing.
    func description(of path: String) throws(UpdateError) -> FileDescription? {
        guard targets.entries[path] != nil else { return nil }
        return try FileDescription(targets.map(path), isTarget: true)
    }
}

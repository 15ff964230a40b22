/// The objects of one kustomization in order, found by any identity they have or had in constant time.
struct ObjectSet {
    private(set) var objects: [BuildObject] = []
    /// Positions by current identity.
    private var current: [ObjectID: Int] = [:]
    /// Positions by every identity, current and previous; made when first asked for.
    private var any: [ObjectID: [Int]]?
    /// Positions by every name, current and previous; made when first asked for.
    private var names: [String: [Int]]?
    private var removed: Set<Int> = []

    /// - Throws: `BuildError.conflict` when an object of that identity is there.
    mutating func append(_ object: BuildObject) throws {
        let id = object.id
        if let other = current.updateValue(objects.count, forKey: id) {
            current[id] = other
            throw Self.twice(objects[other], object)
        }
        objects.append(object)
        names = nil
        guard any != nil else { return }
        for id in object.allIDs { add(objects.count - 1, under: id) }
    }

    private static func twice(_ one: BuildObject, _ other: BuildObject) -> BuildError {
        let id = other.id
        return BuildError(
            .conflict,
            "\(id) stands twice in the build: in \(one.origin) and in \(other.origin): may not "
                + "add resource with an already registered id: \(id.kustomizeText). Remove one of them or turn one "
                + "into a patch",
            at: .init(file: other.origin, object: id.description)
        )
    }

    /// Transformers that change one object may give it the identity of another, which is found where the objects are
    /// handed on. kustomize takes those that are about to be left out for what they are called in full, so that others
    /// may be called so in the default namespace.
    /// - Throws: `BuildError.conflict`.
    func checkUnique(leavingOut isLeftOut: (BuildObject) -> Bool = { _ in false }) throws {
        if let (one, other) = pairOfOneIdentity(leavingOut: isLeftOut) { throw Self.twice(one, other) }
    }

    private func pairOfOneIdentity(
        leavingOut isLeftOut: (BuildObject) -> Bool = { _ in false }
    ) -> (BuildObject, BuildObject)? {
        guard current.count < objects.count - removed.count else { return nil }
        var seen: [ObjectID: Int] = [:]
        for (position, object) in objects.enumerated() where !removed.contains(position) {
            let other = seen[object.id].map { objects[$0] }
            let goes = isLeftOut(object)
            if let other, !goes && !isLeftOut(other) || object.namespace == other.namespace { return (other, object) }
            if other == nil || !goes { seen[object.id] = position }
        }
        return nil
    }

    /// Appends the objects of a base.
    mutating func append(contentsOf other: ObjectSet) throws {
        if objects.isEmpty {
            self = other
            return try checkUnique()
        }
        for object in other.objects { try append(object) }
    }

    /// The positions of the objects that have or had this identity.
    mutating func positions(_ id: ObjectID) -> [Int] {
        if any == nil {
            any = [:]
            for position in objects.indices where !removed.contains(position) {
                for id in objects[position].allIDs { add(position, under: id) }
            }
        }
        return any?[id] ?? []
    }

    /// The positions of the objects that have or had this name.
    mutating func positions(named name: String) -> [Int] {
        if let names { return names[name] ?? [] }
        var made: [String: [Int]] = [:]
        for (position, object) in objects.enumerated() {
            for name in Set(object.allIDs.map(\.name)) { made[name, default: []].append(position) }
        }
        names = made
        return made[name] ?? []
    }

    /// Changes one object, whose identity may change too.
    mutating func update(_ position: Int, _ change: (inout BuildObject) throws -> Void) rethrows {
        let before = objects[position].allIDs
        try change(&objects[position])
        guard objects[position].allIDs != before else { return }
        unindex(position, before)
        index(position)
    }

    /// Changes all objects in one pass.
    /// - Throws: `BuildError.conflict` when two objects end with one identity.
    mutating func updateAll(_ change: (inout BuildObject) throws -> Void) throws {
        for position in objects.indices { try change(&objects[position]) }
        try reindex()
    }

    /// Changes all objects in one pass. That two end with one identity is found where they are handed on.
    mutating func renameAll(_ change: (inout BuildObject) throws -> Void) rethrows {
        for position in objects.indices { try change(&objects[position]) }
        rebuild()
    }

    /// Changes what objects hold, but no identity.
    mutating func updateContent(_ change: (inout BuildObject) throws -> Void) rethrows {
        for position in objects.indices { try change(&objects[position]) }
    }

    /// Takes an object out; positions stay valid until `compact`.
    mutating func remove(_ position: Int) {
        unindex(position, objects[position].allIDs)
        removed.insert(position)
    }

    func isRemoved(_ position: Int) -> Bool { removed.contains(position) }

    /// Gives up the places of removed objects.
    mutating func compact() {
        guard !removed.isEmpty else { return }
        objects = objects.enumerated().filter { !removed.contains($0.offset) }.map(\.element)
        removed = []
        rebuild()
    }

    private mutating func reindex() throws {
        rebuild()
        guard let (one, other) = pairOfOneIdentity() else { return }
        throw BuildError(
            .conflict,
            "\(other.id) would be the identity of two objects (ID conflict), once \(one.originalID) "
                + "from \(one.origin), once \(other.originalID) from \(other.origin). "
                + "Rename one of them",
            at: .init(file: other.origin, object: other.id.description)
        )
    }

    private mutating func rebuild() {
        current.removeAll(keepingCapacity: true)
        current.reserveCapacity(objects.count)
        any = nil
        names = nil
        for (position, object) in objects.enumerated() { current[object.id] = position }
    }

    private mutating func index(_ position: Int) {
        current[objects[position].id] = position
        names = nil
        guard any != nil else { return }
        for id in objects[position].allIDs { add(position, under: id) }
    }

    private mutating func add(_ position: Int, under id: ObjectID) {
        let last = any?[id]?.last ?? -1
        if last < position {
            any?[id, default: []].append(position)
        } else if last > position, any?[id]?.contains(position) == false {
            any?[id]?.append(position)
            any?[id]?.sort()
        }
    }

    private mutating func unindex(_ position: Int, _ ids: [ObjectID]) {
        for id in ids {
            any?[id]?.removeAll { $0 == position }
            if current[id] == position { current[id] = nil }
        }
        names = nil
    }
}

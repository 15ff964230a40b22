import CoreModel
import KubeClient
import KubeModel

/// The application of one stage for one owner.
struct StageRun: Sendable {
    let applier: ClusterApplier
    let owner: ApplyOwner
    let force: Bool
    /// Kinds that this very set defines.
    let definedKinds: Set<GroupKind>

    /// An object and how its kind is served.
    private struct Target: Sendable {
        let object: KubeObject
        let type: ResourceType
        let identity: ObjectIdentity
    }

    struct Outcome: Sendable {
        var changes = ChangeSet()
        /// The objects that were written, as the API server answered; skipped and unchanged ones are not here.
        var written: [KubeObject] = []
    }

    /// One object's end: what was done, or one line that says why not.
    private enum Step: Sendable {
        case done(ChangeSet.Entry, KubeObject?)
        case failed(String)
    }

    /// - Throws: `applyFailed` with a line for each object that failed; the others were applied.
    func apply(_ objects: [KubeObject]) async throws -> Outcome {
        var outcome = Outcome()
        var failures: [String] = []
        var targets: [Target] = []
        for object in objects {
            do {
                targets.append(try await resolve(object))
            } catch let error as KubeError where error.kind != .cancelled {
                failures.append(Self.line(object, error))
            }
        }
        let known = try await lookUp(targets)
        for run in ApplyOrder.runs(targets, kind: \.object.kind) {
            let steps = try await BoundedTasks.map(run, limit: applier.settings.concurrency) { target in
                try await self.step(target, known[target.identity])
            }
            for step in steps {
                switch step {
                case .done(let entry, let object):
                    outcome.changes.append(entry)
                    if let object { outcome.written.append(object) }
                case .failed(let line):
                    failures.append(line)
                }
            }
        }
        guard failures.isEmpty else { throw ApplyError.joining(.applyFailed, failures, changes: outcome.changes) }
        return outcome
    }

    private func resolve(_ object: KubeObject) async throws -> Target {
        var attempts = definedKinds.contains(object.gvk.groupKind) ? 40 : 1
        while true {
            do {
                let type = try await applier.client.resourceType(for: object.gvk)
                var object = object
                if !type.namespaced { object.namespace = "" }
                return Target(object: object, type: type, identity: ObjectIdentity(object))
            } catch let error as KubeError where error.code == .noKindMatch && attempts > 1 {
                attempts -= 1
                try await Task.sleep(for: applier.settings.pollInterval)
            }
        }
    }

    private func lookUp(_ targets: [Target]) async throws -> [ObjectIdentity: LiveObject] {
        let scopes = Dictionary(grouping: targets, by: \.type).map { type, targets in
            LiveScope(type, namespaces: Set(targets.map(\.object.namespace).filter { !$0.isEmpty }))
        }
        do {
            return try await applier.live.objects(of: owner, in: scopes)
        } catch let error as KubeError where error.code == .forbidden {
            // Without the right to list, each object is read by itself before it is applied.
            let found = try await BoundedTasks.map(targets, limit: applier.settings.concurrency) { target in
                try await self.read(target).map { (target.identity, $0) }
            }
            return Dictionary(found.compactMap(\.self), uniquingKeysWith: { $1 })
        }
    }

    private func read(_ target: Target) async throws -> LiveObject? {
        do {
            return try await applier.client.get(target.type, target.object.key).map { LiveObject($0) }
        } catch let error as KubeError where error.code == .badRequest || error.code == .forbidden {
            // The apply itself will say what is wrong with the object.
            return nil
        }
    }

    private func step(_ target: Target, _ live: LiveObject?) async throws -> Step {
        do {
            return try await act(target, live)
        } catch let error as KubeError where error.kind != .cancelled {
            applier.record.set(owner, target.identity, nil)
            return .failed(Self.line(target.object, error))
        }
    }

    private func act(_ target: Target, _ live: LiveObject?) async throws -> Step {
        let object = target.object
        if try await isSkipped(target, live) { return .done(entry(target, .skipped), nil) }
        if let live, let applied = applier.record.entry(owner, target.identity), applied.covers(object, live) {
            return .done(entry(target, .unchanged), nil)
        }
        guard let (answer, isRecreated) = try await write(target, live) else {
            return .done(entry(target, .skipped), nil)
        }
        let written = try await takeOver(target, answer.object) ?? answer.object
        let result = LiveObject(written)
        applier.live.observed(target.type, resourceVersion: result.resourceVersion)
        applier.record.set(owner, target.identity, .init(desired: object, live: result))
        let action: ChangeSet.Action =
            if answer.isNew, !isRecreated { .created } else { Self.isSame(live, result) ? .unchanged : .configured }
        return .done(entry(target, action), written)
    }

    /// What the desired object asks for counts, and what the live one does.
    private func isSkipped(_ target: Target, _ live: LiveObject?) async throws -> Bool {
        let wanted = directives(target.object.labels, target.object.annotations)
        if wanted.isLeftAlone { return true }
        if let live, directives(live.labels, live.annotations).isLeftAlone { return true }
        guard wanted.strategy == .ifnotpresent else { return false }
        if live != nil { return true }
        return try await applier.client.get(target.type, target.object.key) != nil
    }

    /// Nil where the object that is there asks to be left alone.
    private func write(_ target: Target, _ live: LiveObject?) async throws -> (KubeWriteAnswer, Bool)? {
        do {
            if let answer = try await sendGently(target, live) { return (answer, false) }
            if live == nil, let held = try await read(target), directives(held.labels, held.annotations).isLeftAlone {
                return nil
            }
            return (try await send(target), false)
        } catch let error as KubeError where ImmutableFields.caused(error) && mayRecreate(target, live) {
            try await recreate(target)
            return (try await send(target), true)
        }
    }

    /// What does not carry our labels is new, or was somebody else's: it is not overwritten unseen. Nil where others
    /// have other values, and for objects that are known.
    private func sendGently(_ target: Target, _ live: LiveObject?) async throws -> KubeWriteAnswer? {
        guard live == nil else { return nil }
        do {
            return try await applier.client.apply(
                target.type,
                target.object,
                manager: applier.settings.fieldManager,
                force: false
            )
        } catch let error as KubeError where error.code == .conflict {
            return nil
        }
    }

    private func send(_ target: Target) async throws -> KubeWriteAnswer {
        try await applier.client.apply(target.type, target.object, manager: applier.settings.fieldManager)
    }

    private func mayRecreate(_ target: Target, _ live: LiveObject?) -> Bool {
        force || directives(target.object.labels, target.object.annotations).isForceEnabled
            || (live.map { directives($0.labels, $0.annotations).isForceEnabled } ?? false)
    }

    /// Deletes the object and waits until it is gone.
    private func recreate(_ target: Target) async throws {
        let key = target.object.key
        guard let held = try await applier.client.get(target.type, key) else { return }
        let options = DeleteOptions(propagation: .background, uid: held.uid)
        try await applier.client.delete(target.type, key, options)
        var poll = Polling(applier.settings, timeout: applier.settings.recreateTimeout)
        while let found = try await applier.client.get(target.type, key), found.uid == held.uid {
            guard try await poll.wait() else {
                throw KubeError(.timeout, "it was deleted in order to be created again, but its finalizers hold it")
            }
        }
    }

    /// Makes kubectl's fields ours and applies once more, so that those nobody wants go. Nil when there was nothing to
    /// take over.
    private func takeOver(_ target: Target, _ object: KubeObject) async throws -> KubeObject? {
        guard directives(target.object.labels, target.object.annotations).strategy != .merge,
            directives(object.labels, object.annotations).strategy != .merge
        else { return nil }
        let takeover = ManagerTakeover(
            manager: applier.settings.fieldManager,
            others: applier.settings.overriddenManagers
        )
        guard let patch = takeover.patch(for: object) else { return nil }
        try await applier.client.patch(target.type, object.key, patch)
        return try await send(target).object
    }

    private func directives(_ labels: [String: String], _ annotations: [String: String]) -> ApplyDirectives {
        ApplyDirectives(group: owner.group, labels: labels, annotations: annotations)
    }

    private func entry(_ target: Target, _ action: ChangeSet.Action) -> ChangeSet.Entry {
        ChangeSet.Entry(target.identity, version: target.type.version, action)
    }

    /// The apply changed nothing: the version is the one that was listed, or only the status moved on in between. An
    /// object that was not in the list lacked our labels, so that the apply changed it.
    private static func isSame(_ before: LiveObject?, _ after: LiveObject) -> Bool {
        guard let before, before.uid == after.uid else { return false }
        if before.resourceVersion == after.resourceVersion { return true }
        return before.generation > 0 && before.generation == after.generation && before.labels == after.labels
            && before.annotations == after.annotations
    }

    private static func line(_ object: KubeObject, _ error: KubeError) -> String {
        let reason = error.reason.isEmpty ? error.code.rawValue : error.reason
        return "\(object.subject) apply failed (\(reason)): \(words(object, error))"
    }

    /// What servers say of Secrets they cannot take quotes their values, which nobody may see: then only the fields are
    /// named.
    private static func words(_ object: KubeObject, _ error: KubeError) -> String {
        guard object.gvk.groupKind == GroupKind(group: "", kind: "Secret"), isAboutContent(error) else {
            return "\(error)"
        }
        guard !error.details.isEmpty else {
            return "its fields were refused; values of data have to be base64 and those of stringData strings"
        }
        return "refused: " + error.details.map { "\($0.field) (\($0.reason))" }.joined(separator: ", ")
    }

    /// Servers before 1.22 or so answer 500 to fields of the wrong type.
    private static func isAboutContent(_ error: KubeError) -> Bool {
        switch error.statusCode {
        case 400, 422: true
        case 500:
            ["typed patch", "base64", "error found in", "decod", "marshal"].contains { error.message.contains($0) }
        default: false
        }
    }
}

package import CoreModel
package import HTTPExchange
package import KubeModel
package import Logging
package import ServiceLifecycle
import Synchronization
package import SystemPackage

/// The trusted roots that come from the TUF repositories of Secrets: each is fetched once for all who name the same,
/// and looked at for changes as long as somebody does.
package final class MirroredRoots: Sendable {
    /// The time between two looks around for repositories that it is time to ask again.
    private static let pause = Duration.seconds(30)

    private let state: FilePath
    private let transport: any HTTPTransport
    private let clock: any WallClock
    private let roots = Mutex<[TrustedRootMirror: SharedTrustedRoot]>([:])

    /// - Parameter state: the folder that remembers what was trusted of each repository, also after a restart.
    package init(state: FilePath, transport: any HTTPTransport, clock: any WallClock) {
        (self.state, self.transport, self.clock) = (state, transport, clock)
    }

    /// The root of a repository, whether it was read before or not.
    func root(of mirror: TrustedRootMirror) -> SharedTrustedRoot {
        roots.withLock { roots in
            if let held = roots[mirror] { return held }
            let place = TrustedRootRepository.Mirror(
                url: mirror.url,
                transport: transport,
                state: state,
                owner: mirror.secret.namespace,
                profile: mirror.profile
            )
            let source = TrustedRootRepository(
                root: mirror.root,
                of: "Secret \(mirror.secret)",
                at: place,
                clock: clock
            )
            let made = SharedTrustedRoot(source)
            roots[mirror] = made
            return made
        }
    }

    /// Ends the interest of a dependent in all other repositories; one that interests nobody is not asked any more.
    func keep(only mirrors: Set<TrustedRootMirror>, for dependent: ObjectKey) {
        roots.withLock { roots in
            for (mirror, root) in roots where !mirrors.contains(mirror) {
                root.forget(dependent)
                if !root.hasDependents { roots[mirror] = nil }
            }
        }
    }

    /// Looks at every repository that it is time for, and gives those who have to know that it says something else now.
    func refresh(all: Bool = false) async -> Set<ObjectKey> {
        var woken: Set<ObjectKey> = []
        for root in roots.withLock({ Array($0.values) }) where all || root.isDue {
            woken.formUnion(await root.refresh())
        }
        return woken
    }

    /// The service that looks for changes; `onChange` is given every source whose trust rests on one.
    package func watcher(logger: Logger, onChange: @escaping @Sendable (ObjectKey) -> Void) -> any Service {
        TrustedRootWatcher(
            pause: Self.pause,
            look: { Array(await self.refresh()) },
            message: "a trusted root of a TUF repository has changed",
            logger: logger,
            onChange: onChange
        )
    }
}

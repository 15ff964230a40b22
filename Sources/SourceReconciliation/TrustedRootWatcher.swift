import KubeModel
import Logging
import ServiceLifecycle

/// Looks now and again for trusted roots that have changed.
struct TrustedRootWatcher: Service {
    let pause: Duration
    /// Asks whatever it is time to ask, and gives every source whose trust rests on what is another now.
    let look: @Sendable () async -> [ObjectKey]
    /// Says in the log what has changed.
    let message: String
    let logger: Logger
    let onChange: @Sendable (ObjectKey) -> Void

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while (try? await Task.sleep(for: pause)) != nil {
                let dependents = await look()
                guard !dependents.isEmpty else { continue }
                logger.info("\(message)", metadata: ["sources": "\(dependents.count)"])
                dependents.forEach(onChange)
            }
        }
    }
}

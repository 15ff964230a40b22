import CoreModel
import CurlTransport
import HTTPExchange
import OCIDistribution
import Synchronization
import TestSupport

/// A client that does not pause between attempts.
struct RegistryFixture {
    let client: RegistryClient
    let transport: CurlTransport
    let clock = ManualWallClock()

    init(attempts: Int = 3, _ change: (inout RegistryClient.Settings) -> Void = { _ in }) throws {
        transport = try CurlTransport(userAgent: "sluice-tests")
        var settings = RegistryClient.Settings()
        settings.retry = RetryPolicy(attempts: attempts, firstPause: .zero, longestPause: .seconds(1))
        settings.manifestBytes = 1 << 20
        change(&settings)
        client = RegistryClient(transport: transport, clock: clock, settings: settings)
    }

    static func access(_ credentials: RegistryCredentials = .anonymous, for host: String = "") -> RegistryAccess {
        RegistryAccess(plainHTTP: true, credentials: FixedCredentials(credentials, for: host), timeout: .seconds(30))
    }
}

/// A clock that stands still until it is moved.
final class ManualWallClock: WallClock {
    private let time = Mutex(Timestamp(seconds: 1_800_000_000))

    func now() -> Timestamp { time.withLock { $0 } }
    func advance(_ duration: Duration) { time.withLock { $0 = $0 + duration } }
}

/// A sink that counts how often it had to begin again.
final class CountingSink: BlobSink {
    private(set) var bytes: [UInt8] = []
    private(set) var resets = 0

    var received: Int64 { Int64(bytes.count) }
    func write(_ piece: [UInt8]) { bytes += piece }
    func reset() {
        bytes = []
        resets += 1
    }
}

/// Bytes that differ from place to place.
func pattern(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) } }

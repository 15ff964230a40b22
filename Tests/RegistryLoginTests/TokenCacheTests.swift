import CoreModel
import HTTPExchange
import OCIDistribution
import Synchronization
import TestSupport
import Testing

@testable import RegistryLogin

@Suite struct TokenCacheTests {
    private static let start = Moment(wall: Timestamp(seconds: 1000), uptime: .seconds(50))

    /// Seconds that passed on the wall clock and on the monotonic one, whether an entry of 80 seconds is there, why.
    static let times: [(wall: Int64, uptime: Int64, isThere: Bool, String)] = [
        (0, 0, true, "at once"), (79, 79, true, "before its end"), (80, 80, false, "at its end"),
        (80, 10, false, "the machine slept: the monotonic clock stood still"),
        (-500, 79, true, "the clock was set back"), (-500, 80, false, "which makes no token live longer"),
    ]

    @Test(arguments: times) func endsByBothClocks(wall: Int64, uptime: Int64, isThere: Bool, why: String) {
        var state = TokenCacheState<Int>()
        state.keep(7, under: "k", from: Self.start, for: .seconds(80), atMost: 5)
        let now = Moment(
            wall: Self.start.wall + .seconds(wall),
            uptime: Self.start.uptime + .seconds(uptime)
        )
        #expect(state.value(for: "k", at: now) == (isThere ? 7 : nil), "\(why)")
        #expect(state.count == (isThere ? 1 : 0))
    }

    @Test func dropsWhatEndedAndThenWhatNobodyAsksFor() {
        var state = TokenCacheState<Int>()
        state.keep(1, under: "old", from: Self.start, for: .seconds(1), atMost: 3)
        for (key, value) in [("a", 2), ("b", 3)] {
            state.keep(value, under: key, from: Self.start, for: .seconds(90), atMost: 3)
        }
        let later = Moment(wall: Self.start.wall + .seconds(5), uptime: Self.start.uptime + .seconds(5))
        state.keep(4, under: "c", from: later, for: .seconds(90), atMost: 3)
        #expect(state.value(for: "a", at: later) == 2)
        state.keep(5, under: "d", from: later, for: .seconds(90), atMost: 3)
        #expect(state.count == 3)
        #expect(state.value(for: "b", at: later) == nil, "nobody asked for it since")
        #expect(state.value(for: "a", at: later) == 2)
        #expect(state.value(for: "old", at: later) == nil)
    }

    /// How long a password lasts, the settings, seconds after which one more look is taken, whether that logs in anew.
    static let lives: [(life: Int64, maximum: Int64, size: Int, after: Int64, isNew: Bool, String)] = [
        (1000, 3600, 100, 799, false, "within 80 % of its life"), (1000, 3600, 100, 800, true, "beyond"),
        (43_200, 3600, 100, 3599, false, "within the longest time"), (43_200, 3600, 100, 3600, true, "beyond it"),
        (1000, 3600, 0, 0, true, "nothing is kept"), (0, 3600, 100, 0, true, "it has ended already"),
    ]

    @Test(arguments: lives)
    func keepsCredentials(life: Int64, maximum: Int64, size: Int, after: Int64, isNew: Bool, why: String) async throws {
        let fixture = try LoginFixture()
        fixture.aws.with {
            $0.keys = [FakeAWS.Keys("A", "s")]
            $0.passwordLife = .seconds(life)
        }
        var cache = CloudLogin.CacheSettings()
        cache.maximumSize = size
        cache.maximumDuration = .seconds(maximum)
        let (clock, start) = (fixture.clock, fixture.clock.now())
        cache.uptime = { clock.now() - start }
        let environment = ["AWS_ACCESS_KEY_ID": "A", "AWS_SECRET_ACCESS_KEY": "s"]
        let login = fixture.login(fixture.map(), environment, cache: cache)
        let request = LoginRequest(.aws, registry: fixture.ecr)
        _ = try await login.credentials(for: request)
        fixture.clock.advance(by: .seconds(after))
        _ = try await login.credentials(for: request)
        #expect(fixture.aws.with { $0.grants }.count == (isNew ? 2 : 1), "\(why)")
    }

    @Test func tellsWhatItDid() async throws {
        let fixture = try LoginFixture()
        let role = "arn:aws:iam::1:role/one"
        fixture.aws.with {
            $0.keys = [FakeAWS.Keys("A", "s")]
            $0.roles = [role: FakeAccount.token("sts.amazonaws.com")]
            $0.replies = [.text(400, #"{"__type":"AccessDeniedException","message":"no"}"#)]
        }
        let events = Mutex<[LoginCacheEvent]>([])
        var cache = CloudLogin.CacheSettings()
        cache.maximumSize = 1
        cache.onEvent = { event in events.withLock { $0.append(event) } }
        let environment = ["AWS_ACCESS_KEY_ID": "A", "AWS_SECRET_ACCESS_KEY": "s"]
        let login = fixture.login(fixture.map(), environment, cache: cache)
        let asker = LoginAsker(kind: "OCIRepository", namespace: "apps", name: "podinfo")
        var request = LoginRequest(.aws, registry: fixture.ecr)
        request.asker = asker
        await #expect(throws: LoginError.self) { try await login.credentials(for: request) }
        for _ in 0..<2 { _ = try await login.credentials(for: request) }
        let account = FakeAccount().account(["eks.amazonaws.com/role-arn": role])
        _ = try await login.credentials(for: LoginRequest(.aws, registry: fixture.ecr, account: account))
        let told = events.withLock { $0 }.filter { $0 != .holds(0) && $0 != .holds(1) }
        #expect(
            told == [
                .miss(asker), .login(succeeded: false), .miss(asker), .login(succeeded: true), .hit(asker),
                .miss(nil), .login(succeeded: true), .evicted(1),
            ]
        )
        #expect(events.withLock { $0 }.last == .holds(1))
    }

    @Test func sharesOneLoginAmongEqualsAndNoneAmongOthers() async throws {
        let fixture = try LoginFixture()
        let audience = "sts.amazonaws.com"
        let (one, two) = ("arn:aws:iam::1:role/one", "arn:aws:iam::1:role/two")
        fixture.aws.with { state in
            state.keys = [FakeAWS.Keys("A", "s")]
            state.roles = [one: FakeAccount.token(audience), two: "k8s-token-canary:apps/other:\(audience)"]
        }
        let accounts = FakeAccount()
        let puller = accounts.account(["eks.amazonaws.com/role-arn": one])
        let other = accounts.account(["eks.amazonaws.com/role-arn": two], name: "other")
        // The same names, made anew: what the old account was given is not its.
        let again = accounts.account(["eks.amazonaws.com/role-arn": one, "note": "x"], uid: "uid-2")
        let environment = ["AWS_ACCESS_KEY_ID": "A", "AWS_SECRET_ACCESS_KEY": "s"]
        let login = fixture.login(fixture.map(), environment)
        let identities: [LoginAccount?] = [nil, puller, other, again]
        for _ in 0..<2 {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for identity in identities {
                    for registry in [fixture.ecr, "210987654321.dkr.ecr.eu-west-1.amazonaws.com"] {
                        let request = LoginRequest(.aws, registry: registry, account: identity)
                        for _ in 0..<5 { group.addTask { _ = try await login.credentials(for: request) } }
                    }
                }
                try await group.waitForAll()
            }
        }
        // One for each identity; a password is for all registries of a region.
        #expect(fixture.aws.with { $0.grants }.count == 4)
        #expect(accounts.audiences.count == 3)
    }

    @Test func aChangedAnnotationIsAnotherIdentity() async throws {
        let fixture = try LoginFixture()
        let token = FakeAccount.token("sts.amazonaws.com")
        let roles = ["arn:aws:iam::1:role/one", "arn:aws:iam::1:role/two"]
        fixture.aws.with { state in for role in roles { state.roles[role] = token } }
        let login = fixture.login(fixture.map(), [:])
        for role in roles + roles {
            let account = FakeAccount().account(["eks.amazonaws.com/role-arn": role, "unrelated": role])
            _ = try await login.credentials(for: LoginRequest(.aws, registry: fixture.ecr, account: account))
        }
        #expect(fixture.aws.with { $0.sessions }.count == 2)
    }

    @Test func anotherProxyIsAnotherWayAndAFailureIsNotKept() async throws {
        let fixture = try LoginFixture()
        fixture.aws.with {
            $0.keys = [FakeAWS.Keys("A", "s")]
            $0.replies = [.text(400, #"{"__type":"AccessDeniedException","message":"no"}"#)]
        }
        let map = fixture.map()
        let login = fixture.login(map, ["AWS_ACCESS_KEY_ID": "A", "AWS_SECRET_ACCESS_KEY": "s"])
        let request = LoginRequest(.aws, registry: fixture.ecr)
        await #expect(throws: LoginError.self) { try await login.credentials(for: request) }
        _ = try await login.credentials(for: request)
        let proxy = try LoopbackServer { _ in .text(502, "") }
        let settings = ProxySettings(address: "http://\(proxy.authority)")
        let proxied = LoginRequest(.aws, registry: fixture.ecr, proxy: settings)
        await #expect(throws: LoginError.self) { try await login.credentials(for: proxied) }
        #expect(map.requests.last?.profile.proxy == settings)
    }
}

import CoreModel
import SafeFiles
import Synchronization
import SystemPackage
import TestSupport

@testable import UpdateFramework

/// A repository in memory, which counts what it is asked.
final class MillRepository: UpdateRepository {
    private struct State {
        var files: [String: [UInt8]]
        var asked: [String] = []
        var isDown = false
    }

    let name = "mill"
    private let state: Mutex<State>

    init(_ mill: UpdateMill) { state = Mutex(State(files: mill.files)) }

    /// The files that were asked for, in order.
    var asked: [String] { state.withLock { $0.asked } }

    func serve(_ mill: UpdateMill) { state.withLock { $0.files = mill.files } }
    func change(_ file: String, _ bytes: [UInt8]?) { state.withLock { $0.files[file] = bytes } }
    func goDown(_ isDown: Bool = true) { state.withLock { $0.isDown = isDown } }

    func metadata(_ file: String, limit: Int) async throws -> [UInt8]? { try read(file, limit) }
    func target(_ path: String, limit: Int) async throws -> [UInt8]? { try read("targets/\(path)", limit) }

    private func read(_ file: String, _ limit: Int) throws -> [UInt8]? {
        let (bytes, isDown) = state.withLock { state in
            state.asked.append(file)
            return (state.files[file], state.isDown)
        }
        if isDown { throw UpdateError(.unavailable, "The mill is down") }
        if let bytes, bytes.count > limit { throw UpdateError(.tooLarge, "The file \(file) is too large") }
        return bytes
    }
}

/// A repository, a store in a directory of its own, and a client.
struct UpdateScene {
    static let path = "trusted_root.json"
    static let content = Array(#"{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}"#.utf8)

    let repository: MillRepository
    let clock = ManualClock()
    let folder: TemporaryDirectory
    var root: [UInt8]

    init(_ mill: UpdateMill) throws {
        repository = MillRepository(mill)
        folder = try TemporaryDirectory(in: Directory.open("/tmp"))
        root = mill.files["1.root.json"] ?? []
    }

    /// A sound repository with one target.
    static func mill() throws -> UpdateMill { try UpdateMill(targets: [path: content]) }

    func client(
        refresh: RefreshPolicy = .always,
        limits: UpdateLimits = UpdateLimits(),
        keeps: Bool = true
    ) -> UpdateClient {
        let store = keeps ? TrustedStore(folder.directory) : nil
        var client = UpdateClient(root: root, repository: repository, store: store, clock: clock)
        client.refresh = refresh
        client.limits = limits
        return client
    }

    /// What comes of asking for the target.
    func outcome(_ client: UpdateClient? = nil, path: String = UpdateScene.path) async -> Outcome {
        do {
            return .bytes(try await (client ?? self.client()).target(path))
        } catch let error as UpdateError {
            return .refused(error)
        } catch {
            return .failed("\(error)")
        }
    }

    enum Outcome {
        case bytes(VerifiedTarget)
        case refused(UpdateError)
        case failed(String)

        var code: UpdateError.Code? { if case .refused(let error) = self { error.code } else { nil } }
        var target: VerifiedTarget? { if case .bytes(let target) = self { target } else { nil } }
    }
}

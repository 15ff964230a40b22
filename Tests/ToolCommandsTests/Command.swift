import Foundation
import TestSupport

/// A program that runs to its end.
struct Command: Sendable {
    struct Failure: Error { let command: String, output: String }

    let program: String
    var environment: [String: String] = [:]
    var directory: String?

    /// The folder of the real peers (`hack/peers`), where the environment names it.
    static let peers = ProcessInfo.processInfo.environment["SLUICE_PEERS"].flatMap { $0.isEmpty ? nil : $0 }
    /// The tool as it was built, where the environment names it.
    static let sluice = ProcessInfo.processInfo.environment["SLUICE_BINARY"].flatMap { $0.isEmpty ? nil : $0 }

    init(_ program: String) { self.program = program }

    /// One of the real peers.
    init(peer: String) { program = "\(Self.peers ?? "")/\(peer)" }

    /// - Returns: the exit status and everything that was written.
    func run(_ arguments: [String]) throws -> (status: Int32, output: String) {
        var plan = ChildProcess.Plan(program, arguments)
        plan.environment = ["PATH": "/usr/bin:/bin", "HOME": "/nonexistent"].merging(environment) { $1 }
        plan.directory = directory
        plan.keepsErrors = true
        let (status, output) = try ChildProcess.outcome(of: plan)
        return (status, String(decoding: output, as: UTF8.self))
    }

    /// - Throws: `Failure` with everything that was written when the exit status is not 0.
    @discardableResult
    func succeed(_ arguments: [String]) throws -> String {
        let (status, output) = try run(arguments)
        guard status == 0 else {
            throw Failure(command: "\(program) \(arguments.joined(separator: " "))", output: output)
        }
        return output
    }
}

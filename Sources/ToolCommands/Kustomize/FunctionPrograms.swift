import Subprocess
import SystemPackage

/// Runs the programs that KRM functions name, with the environment that was allowed to them and nothing else.
struct FunctionPrograms: Sendable {
    private let variables: [String: String]

    private static let outputLimit = 64 << 20
    private static let errorLimit = 1 << 16
    private static let timeLimit = Duration.seconds(300)

    /// - Parameters:
    ///   - extra: `NAME=VALUE`, or `NAME` to pass on what the environment has.
    ///   - environment: of this process; programs get its PATH and HOME in any case.
    init(extra: [String], _ environment: [String: String]) {
        var variables = environment.filter { ["PATH", "HOME", "TMPDIR"].contains($0.key) }
        for entry in extra {
            let sides = entry.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(sides[0])
            variables[name] = sides.count > 1 ? String(sides[1]) : environment[name]
        }
        self.variables = variables
    }

    /// - Parameter directory: of the file system, without its first slash.
    /// - Throws: `ToolError` when it cannot be started, fails, or takes too long.
    func run(_ program: String, in directory: String, input: [UInt8]) async throws -> [UInt8] {
        let path = FilePath("/\(directory)")
        let executable =
            program.contains("/") ? path.pushing(FilePath(program)).lexicallyNormalized() : FilePath(program)
        return try await withThrowingTaskGroup(of: [UInt8]?.self) { group in
            group.addTask { try await start(executable, in: path, input) }
            group.addTask {
                try await Task.sleep(for: Self.timeLimit)
                return nil
            }
            defer { group.cancelAll() }
            guard let output = try await group.next() ?? nil else {
                throw ToolError(.timeout, "The function '\(program)' did not end within \(Self.timeLimit)")
            }
            return output
        }
    }

    private func start(_ program: FilePath, in directory: FilePath, _ input: [UInt8]) async throws -> [UInt8] {
        var options = PlatformOptions()
        // A group of its own, so that what it started ends with it.
        options.processGroupID = 0
        options.teardownSequence = [.send(signal: .terminate, allowedDurationToNextStep: .milliseconds(500))]
        let result: ExecutionResult<Void, BytesOutput, StringOutput<UTF8>>
        do {
            result = try await Subprocess.run(
                program.components.count == 1 && program.root == nil ? .name(program.string) : .path(program),
                environment: processEnvironment,
                workingDirectory: directory,
                platformOptions: options,
                input: .array(input),
                output: .bytes(limit: Self.outputLimit),
                error: .string(limit: Self.errorLimit)
            )
        } catch let error as SubprocessError {
            throw ToolError(.file, "The function '\(program.string)' cannot be run; correct its path", cause: error)
        }
        guard result.terminationStatus.isSuccess else {
            throw ToolError(
                .failed,
                "The function '\(program.string)' failed (\(result.terminationStatus)): "
                    + PlainText.printable(result.standardError)
            )
        }
        return result.standardOutput
    }

    private var processEnvironment: Environment {
        var values: [Environment.Key: String] = [:]
        for (name, value) in variables {
            if let key = Environment.Key(rawValue: name) { values[key] = value }
        }
        return .custom(values)
    }
}

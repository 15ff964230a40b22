import CoreModel
import ManifestTree
import OCIDistribution
import Subprocess
import SystemPackage

/// A program that keeps credentials, `docker-credential-NAME`, and speaks Docker's protocol: a server's address on
/// standard input, a JSON object on standard output.
struct CredentialHelper: Sendable {
    let question: DockerConfig.HelperQuestion
    let environment: LoginEnvironment
    var timeout = Duration.seconds(10)

    /// The name that a helper gives a user who has a token in place of a password.
    private static let tokenUser = "<token>"

    /// What the helper keeps for the server; anonymous where it keeps nothing.
    /// - Throws: `LoginError.helper`; never what the helper printed as an answer.
    func credentials() async throws -> RegistryCredentials {
        guard !question.helper.isEmpty, question.helper.utf8.allSatisfy(Self.isNameByte),
            !question.helper.hasPrefix(".")
        else {
            throw LoginError(
                .configuration,
                "The Docker configuration names the credential helper \(question.helper.debugDescription), which is no "
                    + "program's name; correct credHelpers or credsStore"
            )
        }
        guard let output = try await bounded() else { return .anonymous }
        guard let tree = try? JSONReader.parse(output, limits: DocumentLimits(depth: 16)),
            let username = tree["Username"]?.string, let secret = tree["Secret"]?.string
        else { throw failure("printed something else than a JSON object with Username and Secret") }
        if username == Self.tokenUser { return .identityToken(Redacted(secret)) }
        return username.isEmpty && secret.isEmpty ? .anonymous : .basic(username: username, password: Redacted(secret))
    }

    /// The helper's answer within its time; nil where it knows nothing of the server.
    private func bounded() async throws -> [UInt8]? {
        enum End: Sendable {
            case answer([UInt8]?)
            case late
        }
        return try await withThrowingTaskGroup(of: End.self) { group in
            group.addTask { .answer(try await run()) }
            group.addTask {
                try await Task.sleep(for: timeout)
                return .late
            }
            defer { group.cancelAll() }
            guard case .answer(let output)? = try await group.next() else {
                throw failure("did not answer within \(GoDuration.format(timeout))")
            }
            return output
        }
    }

    private func run() async throws -> [UInt8]? {
        let result: ExecutionResult<Void, BytesOutput, StringOutput<UTF8>>
        do {
            var options = PlatformOptions()
            // A group of its own, so that what a helper script started ends with it.
            options.processGroupID = 0
            options.teardownSequence = [.send(signal: .terminate, allowedDurationToNextStep: .milliseconds(200))]
            result = try await Subprocess.run(
                .name(program),
                arguments: ["get"],
                environment: processEnvironment,
                platformOptions: options,
                input: .fileDescriptor(try serverAddress(), closeAfterSpawningProcess: true),
                output: .bytes(limit: 1 << 16),
                error: .string(limit: 1 << 16)
            )
        } catch let error as SubprocessError {
            // A store that stands in the configuration of a machine without it is no reason to refuse public images.
            if error.code == .executableNotFound, !question.isListed { return nil }
            let reason = error.code == .executableNotFound ? "is not on the PATH" : "cannot be run"
            throw failure("\(reason); install it, or take it out of the Docker configuration", cause: error)
        }
        if result.terminationStatus.isSuccess { return result.standardOutput }
        let said = String(decoding: result.standardOutput, as: UTF8.self).trimmingSpace()
        if said.contains("credentials not found in native keychain") { return nil }
        throw failure(
            "failed (\(result.terminationStatus))" + Self.quoted([said, result.standardError.trimmingSpace()])
        )
    }

    /// A pipe with the server's address in it, written before there is a reader: a helper that ends without reading is
    /// no failure, and no broken pipe.
    private func serverAddress() throws -> FileDescriptor {
        let address = Array(question.server.utf8)
        guard address.count <= 4096 else { throw failure("cannot be asked for an address that long") }
        do {
            let pipe = try FileDescriptor.pipe(options: .closeOnExec)
            try pipe.writeEnd.closeAfter { _ = try pipe.writeEnd.writeAll(address) }
            return pipe.readEnd
        } catch {
            throw failure("cannot be run, since no pipe to it can be made", cause: error)
        }
    }

    /// The words of a failure; nothing of what could be an answer.
    private static func quoted(_ texts: [String]) -> String {
        guard let text = texts.first(where: { !$0.isEmpty && !$0.contains("{") && !$0.contains("Secret") }) else {
            return ""
        }
        let line = text.unicodeScalars.prefix(300).map { $0.properties.generalCategory == .control ? " " : $0 }
        var words = ": "
        words.unicodeScalars.append(contentsOf: line)
        return words
    }

    private var processEnvironment: Environment {
        var values: [Environment.Key: String] = [:]
        for (name, value) in environment.variables {
            if let key = Environment.Key(rawValue: name) { values[key] = value }
        }
        return .custom(values)
    }

    private var program: String { "docker-credential-\(question.helper)" }

    private func failure(_ reason: String, cause: (any Error)? = nil) -> LoginError {
        LoginError(.helper, "The credential helper \(program) for \(question.server) \(reason)", cause: cause)
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
            || [0x2D, 0x2E, 0x5F].contains(byte)
    }
}

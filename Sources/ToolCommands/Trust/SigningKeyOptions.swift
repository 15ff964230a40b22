import ArgumentParser
import ArtifactTrust
import CoreModel
import SafeFiles
import SignatureCrypto

/// The flags that name a private key, and how it is opened.
struct SigningKeyOptions: ParsableArguments {
    @Option(help: "A file with a private key, made by cosign or OpenSSL, or env://NAME for an environment variable.")
    var key: String?

    @Option(help: "A file with the key's password; else $COSIGN_PASSWORD, else the terminal is asked.")
    var keyPasswordFile: String?

    private static let environmentScheme = "env://"

    /// - Throws: `ToolError`, or `TrustError.invalidKey` with what is wrong with the key or its password.
    func signingKey(_ context: ToolContext) async throws -> SigningKey {
        guard let key, !key.isEmpty else {
            throw ToolError(.usage, "--key is missing; name a file with a private key, or env:// and a variable's name")
        }
        let name = key
        return try await BlockingPool.shared.run {
            let file = try SigningKeyFile(parsing: text(of: name, context), name: name)
            let password = file.needsPassword ? try password(for: name, context) : nil
            return try file.open(password: password, name: name)
        }
    }

    private func text(of key: String, _ context: ToolContext) throws -> Redacted<String> {
        if key.hasPrefix(Self.environmentScheme) {
            let variable = String(key.dropFirst(Self.environmentScheme.count))
            guard let text = context.environment[variable] else {
                throw ToolError(.usage, "The variable '\(variable)' of the key '\(key)' is not set; put the key in it")
            }
            return Redacted(text)
        }
        guard !key.contains("://") else {
            throw ToolError(
                .usage,
                "The key '\(key)' is kept where this version cannot sign; name a file, or env:// and a variable's name"
            )
        }
        return Redacted(String(decoding: try Self.read(key), as: UTF8.self))
    }

    private func password(for key: String, _ context: ToolContext) throws -> SecretBytes {
        if let keyPasswordFile {
            var bytes = try Self.read(keyPasswordFile)
            // One line feed belongs to the editor, not to the password.
            if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
            if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
            return SecretBytes(taking: &bytes)
        }
        if let password = context.environment["COSIGN_PASSWORD"] { return SecretBytes(password) }
        guard let password = try context.askPassword("Password of the key '\(PlainText.printable(key))': ") else {
            throw ToolError(
                .usage,
                "The key '\(key)' is encrypted; set COSIGN_PASSWORD, or name a file by --key-password-file"
            )
        }
        return password
    }

    private static func read(_ path: String) throws -> [UInt8] {
        try LocalPath(path).file().file.readAll(limit: 1 << 20)
    }
}

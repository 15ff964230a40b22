import CoreModel
import Foundation
import SignatureCrypto
import TestSupport

/// Debian's own `openssl` program: an independent maker of keys and signatures.
struct OpenSSLTool {
    let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("sluice-crypto-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    func remove() { try? FileManager.default.removeItem(at: folder) }

    struct Failure: Error { let command: [String] }

    func write(_ bytes: [UInt8], to name: String) throws {
        try Data(bytes).write(to: folder.appendingPathComponent(name))
    }

    /// A new private key in PKCS#8 form, made by `genpkey` with these arguments.
    func privateKey(_ arguments: [String]) throws -> String {
        var all = ["genpkey"]
        all.append(contentsOf: arguments)
        all.append(contentsOf: ["-out", "key.pem"])
        try run(all)
        return try text("key.pem")
    }

    /// The public half of the last private key.
    func publicKey(_ arguments: String...) throws -> String {
        var all = ["pkey", "-in", "key.pem", "-pubout"]
        all.append(contentsOf: arguments)
        return String(decoding: try run(all), as: UTF8.self)
    }

    /// A signature by the last private key over the message.
    func sign(_ message: [UInt8], digest: String?) throws -> [UInt8] {
        try write(message, to: "message")
        var all = ["pkeyutl", "-sign", "-inkey", "key.pem", "-rawin", "-in", "message", "-out", "signature"]
        if let digest { all.append(contentsOf: ["-digest", digest]) }
        try run(all)
        return Array(try Data(contentsOf: folder.appendingPathComponent("signature")))
    }

    func text(_ name: String) throws -> String {
        try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
    }

    /// What the program wrote to its standard output.
    @discardableResult
    func run(_ arguments: [String]) throws -> [UInt8] {
        var plan = ChildProcess.Plan("/usr/bin/openssl", arguments)
        plan.directory = folder.path
        let (status, output) = try ChildProcess.outcome(of: plan)
        guard status == 0 else { throw Failure(command: arguments) }
        return output
    }
}

/// The text between PEM boundaries as bytes, and back.
enum PEMText {
    static func decode(_ text: String) -> [UInt8] {
        Base64.decode(text.split(separator: "\n").filter { !$0.hasPrefix("-----") }.joined()) ?? []
    }

    static func encode(_ label: String, _ bytes: [UInt8]) -> String {
        "-----BEGIN \(label)-----\n\(Base64.encode(bytes))\n-----END \(label)-----\n"
    }
}

import Glibc
package import HTTPExchange

/// Certificates that the `openssl` tool made: an authority, and whatever it signs. Kept in a directory of its own that
/// goes away with the last reference.
package final class TestAuthority: Sendable {
    private let folder: ScratchFolder

    /// - Throws: `LoopbackServerError` when `openssl` fails.
    package init() throws {
        folder = try ScratchFolder()
        try make("ca", ["-subj", "/CN=Sluice test authority"])
    }

    /// The authority's own certificate, PEM.
    package var certificate: String { get throws { try text(of: "ca.crt") } }

    /// Signs a certificate for the names (`DNS:localhost`, `IP:127.0.0.1`); returns both PEM texts.
    /// One that has expired was valid for a moment yesterday.
    package func issue(
        _ name: String,
        for names: [String],
        hasExpired: Bool = false
    ) throws -> (certificate: String, key: String) {
        let signer = ["-CA", path("ca.crt"), "-CAkey", path("ca.key"), "-subj", "/CN=\(name)"]
        let extensions = names.isEmpty ? [] : ["-addext", "subjectAltName=" + names.joined(separator: ",")]
        try make(name, signer + extensions)
        if hasExpired { try signForYesterday(name, ["-subj", "/CN=\(name)"] + extensions) }
        return (try text(of: "\(name).crt"), try text(of: "\(name).key"))
    }

    private func signForYesterday(_ name: String, _ arguments: [String]) throws {
        let request = path("\(name).csr")
        try ChildProcess.run("openssl", ["req", "-new", "-key", path("\(name).key"), "-out", request] + arguments)
        let signing = ["x509", "-req", "-in", request, "-copy_extensions", "copy", "-days", "-1"]
        let signer = ["-CA", path("ca.crt"), "-CAkey", path("ca.key"), "-CAcreateserial"]
        try ChildProcess.run("openssl", signing + signer + ["-out", path("\(name).crt")])
    }

    /// A certificate that signs itself and that this authority knows nothing of.
    package func selfSigned(_ name: String, for names: [String]) throws -> (certificate: String, key: String) {
        try make(name, ["-subj", "/CN=\(name)", "-addext", "subjectAltName=" + names.joined(separator: ",")])
        return (try text(of: "\(name).crt"), try text(of: "\(name).key"))
    }

    func path(_ file: String) -> String { folder.path(file) }

    private func make(_ name: String, _ arguments: [String]) throws {
        let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", path("\(name).key")]
        let output = ["req", "-x509", "-days", "2", "-out", path("\(name).crt")]
        try ChildProcess.run("openssl", output + key + arguments)
    }

    private func text(of file: String) throws -> String {
        try ChildProcess.run("cat", [path(file)])
    }
}

/// An HTTPS server on 127.0.0.1 (`openssl s_server -www`) that answers every GET with a page about the TLS session.
/// It ends with the last reference.
package final class TLSLoopbackServer: Sendable {
    /// The port it listens on.
    package let port: Int
    private let authority: TestAuthority
    private let process: ChildProcess

    /// What may be wrong with it.
    package struct Fault: Sendable {
        package var hasExpired = false
        /// No authority has signed its certificate.
        package var isSelfSigned = false
        /// The only version that it speaks, as `openssl s_server` takes it (`tls1_1`).
        package var version: String?

        package init() {}
    }

    /// Its certificate.
    package let certificate: String

    /// - Parameters:
    ///   - names: what its certificate is for, as `IP:127.0.0.1`.
    ///   - clients: whose certificates it demands; nil demands none.
    package init(
        authority: TestAuthority,
        names: [String],
        clients: TestAuthority? = nil,
        fault: Fault = Fault()
    ) throws {
        let name = "server\(UInt32.random(in: 0 ... .max))"
        certificate =
            fault.isSelfSigned
            ? try authority.selfSigned(name, for: names).certificate
            : try authority.issue(name, for: names, hasExpired: fault.hasExpired).certificate
        var arguments = ["s_server", "-accept", "127.0.0.1:0", "-www", "-cert", authority.path("\(name).crt")]
        arguments += ["-key", authority.path("\(name).key")]
        if let version = fault.version { arguments += ["-\(version)", "-cipher", "DEFAULT@SECLEVEL=0"] }
        if let clients {
            arguments += ["-Verify", "1", "-verify_return_error", "-CAfile", clients.path("ca.crt")]
        }
        self.authority = authority
        process = try ChildProcess("openssl", arguments)
        guard let line = process.readLine(startingWith: "ACCEPT "), let port = Int(line.drop { $0 != ":" }.dropFirst())
        else { throw LoopbackServerError(description: "openssl s_server did not start") }
        self.port = port
    }

    /// An address of this server under a host name of the caller's choice.
    package func url(host: String = "127.0.0.1") -> HTTPURL {
        HTTPURL(scheme: .https, host: host, port: port)
    }
}

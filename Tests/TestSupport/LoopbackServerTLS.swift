import Glibc
package import HTTPExchange

/// Certificates that the `openssl` tool made: an authority, and whatever it signs. Kept in a directory of its own that
/// goes away with the last reference.
package final class TestAuthority: Sendable {
    private let folder: ScratchFolder

    /// - Throws: `LoopbackServerError` when `openssl` fails.
    package init() throws {
        folder = try ScratchFolder()
        try make("ca", ["-subj", "/CN=Sluice test authority"], days: 2)
    }

    /// The authority's own certificate, PEM.
    package var certificate: String { get throws { try text(of: "ca.crt") } }

    /// Signs a certificate for the names (`DNS:localhost`, `IP:127.0.0.1`); returns both PEM texts.
    /// `days` is how long it is valid; 0 is a certificate that is over at once.
    package func issue(
        _ name: String,
        for names: [String],
        days: Int = 2
    ) throws -> (certificate: String, key: String) {
        let signer = ["-CA", path("ca.crt"), "-CAkey", path("ca.key"), "-subj", "/CN=\(name)"]
        let extensions = names.isEmpty ? [] : ["-addext", "subjectAltName=" + names.joined(separator: ",")]
        try make(name, signer + extensions, days: days)
        return (try text(of: "\(name).crt"), try text(of: "\(name).key"))
    }

    func path(_ file: String) -> String { folder.path(file) }

    private func make(_ name: String, _ arguments: [String], days: Int) throws {
        let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", path("\(name).key")]
        let output = ["req", "-x509", "-days", String(days), "-out", path("\(name).crt")]
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

    /// - Parameters:
    ///   - names: what its certificate is for, as `IP:127.0.0.1`.
    ///   - clients: whose certificates it demands; nil demands none.
    package init(authority: TestAuthority, names: [String], clients: TestAuthority? = nil) throws {
        let name = "server\(UInt32.random(in: 0 ... .max))"
        _ = try authority.issue(name, for: names)
        var arguments = ["s_server", "-accept", "127.0.0.1:0", "-www", "-cert", authority.path("\(name).crt")]
        arguments += ["-key", authority.path("\(name).key")]
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

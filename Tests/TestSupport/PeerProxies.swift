/// A real tinyproxy: forwards absolute-form requests, tunnels CONNECT.
package final class PeerHTTPProxy: Sendable {
    private let server: PeerServer

    /// With a user it demands Basic credentials.
    package init(user: String? = nil, password: String = "") throws {
        server = try PeerServer("tinyproxy") { port, folder in
            let credentials = user.map { "BasicAuth \($0) \(password)\n" } ?? ""
            let text = """
                Port \(port)
                Listen 127.0.0.1
                Timeout 60
                LogFile "\(folder.path("log"))"
                LogLevel Connect
                MaxClients 50
                ViaProxyName "tinyproxy"
                \(credentials)
                """
            try folder.write("tinyproxy.conf", text.utf8)
            return ["-d", "-c", folder.path("tinyproxy.conf")]
        }
    }

    /// `127.0.0.1:port`.
    package var authority: String { server.authority }

    /// What it was asked for: `GET http://…` and `CONNECT host:port`.
    package var requests: [String] {
        server.folder.text(of: "log").split(separator: "\n").compactMap { line in
            guard line.hasPrefix("CONNECT"), line.contains("): ") else { return nil }
            let words = line.split(separator: " ").drop { !$0.hasSuffix("):") }.dropFirst()
            return words.first == "GET" || words.first == "CONNECT" ? words.prefix(2).joined(separator: " ") : nil
        }
    }
}

/// A real TLS listener (socat) in front of another port: makes an http proxy an https proxy.
package final class PeerTLSFront: Sendable {
    private let server: PeerServer

    package init(of authority: String, certificate: (certificate: String, key: String)) throws {
        server = try PeerServer("socat") { port, folder in
            try folder.write("pem", (certificate.key + certificate.certificate).utf8)
            let options = "bind=127.0.0.1,reuseaddr,fork,verify=0,cert=\(folder.path("pem"))"
            return ["OPENSSL-LISTEN:\(port),\(options)", "TCP:\(authority)"]
        }
    }

    /// `127.0.0.1:port`.
    package var authority: String { server.authority }
}

/// A real SOCKS5 proxy (microsocks).
package final class PeerSOCKSProxy: Sendable {
    private let server: PeerServer

    /// With a user it demands user and password.
    package init(user: String? = nil, password: String = "") throws {
        server = try PeerServer("microsocks") { port, _ in
            ["-i", "127.0.0.1", "-p", String(port)] + (user.map { ["-u", $0, "-P", password] } ?? [])
        }
    }

    /// `127.0.0.1:port`.
    package var authority: String { server.authority }
}

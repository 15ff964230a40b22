package import HTTPExchange

/// A real nginx: HTTP/2 over TLS, files, uploads, and requests that it breaks off.
package final class PeerNginx: Sendable {
    package struct Options: Sendable {
        /// Offer HTTP/2 beside HTTP/1.1.
        package var http2 = true
        /// After that many requests a connection is ended (in HTTP/2 by GOAWAY).
        package var requestsPerConnection = 100_000
        /// How many streams of a connection may be open.
        package var streams = 128
        /// Longer uploads are refused before they are read.
        package var uploadLimit = 0

        package init() {}
    }

    /// A request as its log tells it.
    package struct Entry: Sendable {
        package let connection: Int
        /// `HTTP/2.0` or `HTTP/1.1`.
        package let version: String
        package let path: String
        package let status: Int
    }

    private let server: PeerServer

    /// Serves `files` by their names, takes PUT below `/upload/` (and serves it), resets `/reset`, and sends files
    /// below `/slow/` with 200 KB/s.
    package init(_ options: Options = Options(), authority: TestAuthority, files: [String: [UInt8]] = [:]) throws {
        let (certificate, key) = try authority.issue("nginx\(UInt32.random(in: 0 ... .max))", for: ["IP:127.0.0.1"])
        server = try PeerServer("nginx") { port, folder in
            try folder.write("server.crt", certificate.utf8)
            try folder.write("server.key", key.utf8)
            for (name, bytes) in files { try folder.write(name, bytes) }
            let text = Self.configuration(options, port: port, root: folder.path)
            try folder.write("nginx.conf", text.utf8)
            return ["-p", folder.path, "-c", folder.path("nginx.conf"), "-e", folder.path("error.log")]
        }
    }

    package func url(_ path: String) -> HTTPURL {
        HTTPURL(scheme: .https, host: "127.0.0.1", port: server.port, path: path)
    }

    /// Every request that it is done with, in the order of their ends.
    package var log: [Entry] {
        server.folder.text(of: "access.log").split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            guard words.count == 4, let connection = Int(words[0]), let status = Int(words[3]) else { return nil }
            return Entry(connection: connection, version: String(words[1]), path: String(words[2]), status: status)
        }
    }

    /// Ends it at once, as a crash would.
    package func kill() { server.kill() }

    /// One process in the foreground, so that killing it ends everything.
    private static func configuration(_ options: Options, port: Int, root: String) -> String {
        let scratch = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map { "\($0)_temp_path \(root)/\($0);" }.joined(separator: "\n")
        return """
            daemon off; master_process off; pid \(root)/nginx.pid;
            events { worker_connections 1024; }
            http {
              \(scratch)
              log_format short '$connection $server_protocol $uri $status';
              access_log \(root)/access.log short;
              server {
                listen 127.0.0.1:\(port) ssl\(options.http2 ? " http2" : "");
                ssl_certificate \(root)/server.crt; ssl_certificate_key \(root)/server.key;
                keepalive_requests \(options.requestsPerConnection);
                http2_max_concurrent_streams \(options.streams);
                client_max_body_size \(options.uploadLimit);
                root \(root);
                location = /reset { return 444; }
                location /slow/ { alias \(root)/; limit_rate 200k; }
                location /upload/ { dav_methods PUT; create_full_put_path on; }
              }
            }
            """
    }
}

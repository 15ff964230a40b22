import Foundation

/// Lets a controller reach the test's registry as `https://registry.example.com`, as the samples call it: a TLS front
/// with a certificate for that name, and a proxy that leads there whatever it is asked for. Nothing leaves the machine.
final class ExampleRegistry: Sendable {
    static let name = "registry.example.com"

    private static let proxy = """
        import socket, sys, threading
        def pump(a, b):
            try:
                while data := a.recv(65536): b.sendall(data)
            except OSError: pass
            finally:
                try: b.shutdown(socket.SHUT_WR)
                except OSError: pass
        def serve(client):
            head = b""
            while b"\\r\\n\\r\\n" not in head:
                data = client.recv(4096)
                if not data: return
                head += data
            if not head.startswith(b"CONNECT \(name):443 "):
                return client.sendall(b"HTTP/1.1 403 Forbidden\\r\\n\\r\\n")
            front = socket.create_connection(("127.0.0.1", int(sys.argv[2])))
            client.sendall(b"HTTP/1.1 200 OK\\r\\n\\r\\n")
            threading.Thread(target=pump, args=(front, client), daemon=True).start()
            pump(client, front)
        server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
        while True: threading.Thread(target=serve, args=(server.accept()[0],), daemon=True).start()
        """

    /// What the controller has to have in its environment.
    let environment: [String: String]
    private let front: Background
    private let tunnel: Background

    init(_ registry: Registry, folder: URL) throws {
        func path(_ name: String) -> String { folder.appendingPathComponent("example-\(name)").path }
        let openssl = Tool(path: "/usr/bin/openssl")
        try openssl.succeed([
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
            "-subj", "/CN=\(Self.name)", "-addext", "subjectAltName=DNS:\(Self.name)", "-keyout", path("key.pem"),
            "-out", path("cert.pem"),
        ])
        let (frontPort, proxyPort) = (try freePort(), try freePort())
        let options = "bind=127.0.0.1,reuseaddr,fork,verify=0,cert=\(path("cert.pem")),key=\(path("key.pem"))"
        front = try Background(
            Tool.peer("socat").path,
            ["OPENSSL-LISTEN:\(frontPort),\(options)", "TCP:\(registry.host)"],
            log: folder.appendingPathComponent("example-front.log")
        )
        try Data(Self.proxy.utf8).write(to: URL(fileURLWithPath: path("proxy.py")))
        tunnel = try Background(
            "/usr/bin/env",
            ["python3", path("proxy.py"), String(proxyPort), String(frontPort)],
            log: folder.appendingPathComponent("example-proxy.log")
        )
        environment = [
            "https_proxy": "http://127.0.0.1:\(proxyPort)", "no_proxy": "127.0.0.1,localhost",
            "SSL_CERT_FILE": path("cert.pem"),
        ]
    }

    func stop() {
        tunnel.stop()
        front.stop()
    }
}

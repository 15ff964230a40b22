import Glibc

/// The machine's own trust store, a PEM bundle.
enum SystemAuthorities {
    /// `SSL_CERT_FILE` where it is set, otherwise the first bundle that exists; nil where there is none.
    static let path: String? = {
        let named = unsafe getenv("SSL_CERT_FILE").map { unsafe String(cString: $0) }
        if let named, !named.isEmpty { return named }
        return ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"]
            .first { unsafe access($0, R_OK) == 0 }
    }()

    /// The bundle's bytes, read once; empty where there is none.
    static let bundle: [UInt8] = path.map(read) ?? []

    private static func read(_ path: String) -> [UInt8] {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return [] }
        defer { close(file) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = unsafe Glibc.read(file, &piece, piece.count)
            guard count > 0 else { return bytes }
            bytes += piece.prefix(count)
        }
    }
}

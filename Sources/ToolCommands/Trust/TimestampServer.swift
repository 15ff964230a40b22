import ArgumentParser
import CoreModel
import HTTPExchange
import SafeFiles
import SignatureCrypto

/// The flags that name who proves when a signature was made.
struct TimestampOptions: ParsableArguments {
    @Option(
        name: [.customLong("timestamp-server-url"), .customLong("timestamp-url")],
        help: "An RFC 3161 timestamp authority, which proves when the signature was made."
    )
    var url: String?

    @Option(
        name: .customLong("timestamp-root-cert"),
        help: "A file with the authority's root certificate; its answer is then held against that before it is stored."
    )
    var root: String?

    /// Nil where no authority is named.
    /// - Throws: `ToolError`.
    func server(_ context: ToolContext) throws -> TimestampServer? {
        guard let url else {
            guard root == nil else {
                throw ToolError(
                    .usage,
                    "--timestamp-root-cert needs an authority; name it by --timestamp-server-url"
                )
            }
            return nil
        }
        guard let address = HTTPURL(url) else {
            throw ToolError(.usage, "The timestamp authority '\(url)' is no http(s) address; write https://host/path")
        }
        return TimestampServer(
            url: address,
            roots: try root.map { try CertificateFile.read($0) } ?? [],
            transport: context.transport
        )
    }
}

/// An RFC 3161 timestamp authority over HTTP (section 3.4).
struct TimestampServer: Sendable {
    let url: HTTPURL
    /// Where the authority's certificates have to lead; empty where that is left to who verifies.
    let roots: [Certificate]
    let transport: any HTTPTransport

    private static let timeout = Duration.seconds(30)
    private static let nonceBytes = 16

    /// Random bytes that an answer has to repeat.
    static func nonce() -> [UInt8] { (0..<nonceBytes).map { _ in UInt8.random(in: .min ... .max) } }

    /// The whole answer to a question about these bytes, which are a signature.
    /// - Throws: `ToolError.timestamp` for an answer that is no timestamp of theirs.
    func stamp(_ signature: [UInt8]) async throws -> [UInt8] {
        let request = try TimestampRequest(of: signature, nonce: Self.nonce())
        let answer = try await exchange(request.encoded)
        do {
            let response = try TimestampResponse(der: answer)
            try response.check(against: request)
            if !roots.isEmpty { _ = try response.token.verify(of: signature, roots: roots) }
        } catch let problem as EvidenceProblem {
            throw ToolError(
                .timestamp,
                "The answer of the timestamp authority \(url) cannot be used: \(problem.reason); ask another one"
            )
        }
        return answer
    }

    /// Sends a query and returns the answer.
    /// - Throws: `ToolError.timestamp` for an answer of another status, `HTTPError`.
    func exchange(_ query: [UInt8]) async throws -> [UInt8] {
        var request = HTTPRequest(
            .post,
            url,
            headers: ["Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"],
            body: .bytes(query)
        )
        request.timeout = Self.timeout
        let (head, body) = try await transport.response(to: request, limit: TimestampToken.sizeLimit)
        guard head.isSuccess else {
            throw ToolError(
                .timestamp,
                "The timestamp authority \(url) answers with status \(head.status); ask another"
            )
        }
        return body
    }
}

/// A file with certificates in PEM form.
enum CertificateFile {
    /// - Throws: `ToolError` for a file without any, or with something else.
    static func read(_ path: String) throws -> [Certificate] {
        let bytes = try LocalPath(path).file().file.readAll(limit: 1 << 20)
        do {
            let certificates = try Certificate.list(pem: bytes)
            guard !certificates.isEmpty else { throw EvidenceProblem(.malformed, "it holds no certificate") }
            return certificates
        } catch {
            throw ToolError(.file, "The file '\(path)' holds no usable certificates; give them as PEM", cause: error)
        }
    }
}

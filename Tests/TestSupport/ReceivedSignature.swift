package import CoreModel
import HTTPExchange
import SignatureCrypto

/// A Signature Version 4 as a service of AWS sees it, checked from what came over the wire. Written from AWS's
/// description and apart from the code under test.
package struct ReceivedSignature: Sendable {
    package let accessKey: String
    package let region: String
    package let service: String
    private let day: String
    private let time: String
    private let signature: String
    private let canonical: String

    /// Nil where the request has no such signature, or leaves headers out that have to be signed.
    package init?(_ request: ReceivedRequest) {
        guard let header = request.headers["Authorization"], header.hasPrefix("AWS4-HMAC-SHA256 ") else { return nil }
        var parts: [String: String] = [:]
        for item in header.dropFirst("AWS4-HMAC-SHA256 ".count).split(separator: ",") {
            let text = item.drop { $0 == " " }
            let name = text.prefix { $0 != "=" }
            parts[String(name)] = String(text.dropFirst(name.count + 1))
        }
        let scope = (parts["Credential"] ?? "").split(separator: "/").map(String.init)
        let names = (parts["SignedHeaders"] ?? "").split(separator: ";").map(String.init)
        guard scope.count == 5, scope[4] == "aws4_request", let signature = parts["Signature"],
            let time = request.headers["X-Amz-Date"], time.hasPrefix(scope[1]), names == names.sorted()
        else { return nil }
        // AWS wants the host, the type and everything of its own signed.
        let own = request.headers.fields.map { $0.name.lowercased() }.filter { $0.hasPrefix("x-amz-") }
        guard Set(names).isSuperset(of: own + ["host", "content-type"]) else { return nil }
        (accessKey, day, region, service) = (scope[0], scope[1], scope[2], scope[3])
        (self.time, self.signature) = (time, signature)
        var lines = [request.method, request.path, request.query]
        for name in names { lines.append("\(name):\(request.headers.all(name).joined(separator: ","))") }
        lines += ["", names.joined(separator: ";"), (try? Digest.of(request.body).hex) ?? ""]
        canonical = lines.joined(separator: "\n")
    }

    package func isValid(for secretKey: String) -> Bool {
        guard let digest = try? Digest.of(Array(canonical.utf8)).hex else { return false }
        let text = "AWS4-HMAC-SHA256\n\(time)\n\(day)/\(region)/\(service)/aws4_request\n\(digest)"
        let start = Array("AWS4\(secretKey)".utf8)
        let key = [day, region, service, "aws4_request"].reduce(start) { Self.hmac(Array($1.utf8), $0) }
        return Hex.encode(Self.hmac(Array(text.utf8), key)) == signature
    }

    /// Within five minutes of the service's clock.
    package func isFresh(at now: Timestamp) -> Bool {
        let digits = Array(time)
        guard digits.count == 16 else { return false }
        let text =
            "\(String(digits[0..<4]))-\(String(digits[4..<6]))-\(String(digits[6..<11])):\(String(digits[11..<13])):"
            + String(digits[13...])
        guard let signed = Timestamp(text) else { return false }
        let age = now - signed
        return age <= .seconds(300) && age >= .seconds(-300)
    }

    /// RFC 2104, for keys of at most a block.
    private static func hmac(_ message: [UInt8], _ key: [UInt8]) -> [UInt8] {
        let block = key + [UInt8](repeating: 0, count: max(0, 64 - key.count))
        let inner = (try? Digest.of(block.map { $0 ^ 0x36 } + message).hex).flatMap { Hex.decode($0) } ?? []
        return (try? Digest.of(block.map { $0 ^ 0x5C } + inner).hex).flatMap { Hex.decode($0) } ?? []
    }
}

import CoreModel
import ManifestTree
import SignatureCrypto

/// The little of JSON Web Tokens (RFC 7519) that a login needs. Nothing is trusted for what it says here: the other
/// side judges its own tokens.
enum WebToken {
    /// When a token says that it ends.
    static func expiry(of token: String) -> Timestamp? {
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let claims = decoded(parts[1]),
            let tree = try? JSONReader.parse(claims, limits: DocumentLimits(depth: 32)),
            case .number(let seconds)? = tree["exp"], (0..<253_402_300_800).contains(seconds.double)
        else { return nil }
        return Timestamp(seconds: Int64(seconds.double))
    }

    /// A token signed with an RSA key (RS256).
    /// - Throws: `CryptoError.engine` when OpenSSL fails.
    static func signed(_ claims: Tree, key: SigningKey, identifier: String?) throws -> Redacted<String> {
        var header: Tree = ["alg": "RS256", "typ": "JWT"]
        header["kid"] = identifier.map { .string($0) }
        let text = "\(encoded(header.jsonBytes())).\(encoded(claims.jsonBytes()))"
        return Redacted("\(text).\(encoded(try key.sign(Array(text.utf8))))")
    }

    /// base64url without padding (RFC 7515 section 2).
    private static func encoded(_ bytes: [UInt8]) -> String {
        String(Base64.encode(bytes).compactMap { $0 == "=" ? nil : $0 == "+" ? "-" : $0 == "/" ? "_" : $0 })
    }

    private static func decoded(_ text: Substring) -> [UInt8]? {
        var plain = String(text.map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 })
        while !plain.utf8.count.isMultiple(of: 4) { plain += "=" }
        return Base64.decode(plain)
    }
}

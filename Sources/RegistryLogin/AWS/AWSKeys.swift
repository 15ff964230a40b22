import CoreModel
import ManifestTree

/// Keys that sign requests to AWS.
struct AWSKeys: Sendable {
    let accessKey: String
    let secretKey: Redacted<String>
    /// Nil for keys that do not end.
    let sessionToken: Redacted<String>?

    /// The keys in the answer of a metadata service or an agent on the machine.
    /// - Throws: `LoginError`.
    init(_ answer: LoginAnswer) throws {
        let tree = try answer.json()
        // The instance metadata service reports failures with status 200.
        if let code = tree["Code"]?.string, code != "Success" {
            throw LoginError(
                .refused,
                "\(answer.service) gives no keys: \(code.prefix(100)); check the instance's role"
            )
        }
        accessKey = try answer.token("AccessKeyId", in: tree).secret
        secretKey = try answer.token("SecretAccessKey", in: tree)
        sessionToken = try answer.token("Token", in: tree)
    }

    init(accessKey: String, secretKey: Redacted<String>, sessionToken: Redacted<String>?) {
        (self.accessKey, self.secretKey, self.sessionToken) = (accessKey, secretKey, sessionToken)
    }
}

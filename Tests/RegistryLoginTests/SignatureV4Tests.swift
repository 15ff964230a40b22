import CoreModel
import HTTPExchange
import Testing

@testable import RegistryLogin

/// The vectors that AWS published as its Signature Version 4 test suite, and the example of its documentation.
@Suite struct SignatureV4Tests {
    struct Vector: Sendable, CustomTestStringConvertible {
        let name: String
        var method = HTTPMethod.get
        var url = "https://example.amazonaws.com/"
        var headers: [(String, String)] = []
        var body = ""
        var service = "service"
        let signature: String
        var testDescription: String { name }
    }

    static let vectors = [
        Vector(name: "get-vanilla", signature: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
        Vector(
            name: "get-vanilla-query-order-key-case",
            url: "https://example.amazonaws.com/?Param2=value2&Param1=value1",
            signature: "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"
        ),
        Vector(
            name: "post-vanilla",
            method: .post,
            signature: "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"
        ),
        Vector(
            name: "get-header-value-trim",
            headers: [("My-Header1", " value1"), ("My-Header2", " \"a   b   c\"")],
            signature: "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"
        ),
        Vector(
            name: "post-x-www-form-urlencoded",
            method: .post,
            headers: [("Content-Type", "application/x-www-form-urlencoded")],
            body: "Param1=value1",
            signature: "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"
        ),
        Vector(
            name: "an encoded path is encoded once more (as botocore does)",
            url: "https://example.amazonaws.com/example%20space/",
            signature: "446b817944c553435b35e813c261ff4e161fff982d1bacdef1c87f6785dd1662"
        ),
        Vector(
            name: "IAM ListUsers",
            url: "https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08",
            headers: [("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")],
            service: "iam",
            signature: "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"
        ),
    ]

    @Test(arguments: vectors) func signs(vector: Vector) throws {
        let keys = AWSKeys(
            accessKey: "AKIDEXAMPLE",
            secretKey: Redacted("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
            sessionToken: nil
        )
        var request = HTTPRequest(vector.method, try #require(HTTPURL(vector.url)))
        for (name, value) in vector.headers { request.headers[name] = value }
        let time = try #require(Timestamp("2015-08-30T12:36:00Z"))
        let signed = try SignatureV4(keys: keys, region: "us-east-1", service: vector.service)
            .sign(request, body: Array(vector.body.utf8), at: time)
        let header = try #require(signed.headers["Authorization"])
        #expect(header.hasSuffix("Signature=\(vector.signature)"), "\(header)")
        #expect(header.contains("Credential=AKIDEXAMPLE/20150830/us-east-1/\(vector.service)/aws4_request,"))
        #expect(signed.headers["X-Amz-Date"] == "20150830T123600Z")
    }

    @Test func sendsTheSessionTokenAndSignsIt() throws {
        let keys = AWSKeys(accessKey: "A", secretKey: Redacted("s"), sessionToken: Redacted("t"))
        let request = HTTPRequest(.post, HTTPURL(scheme: .https, host: "example.amazonaws.com"))
        let signed = try SignatureV4(keys: keys, region: "r", service: "s").sign(
            request,
            body: [],
            at: Timestamp(seconds: 0)
        )
        #expect(signed.headers["X-Amz-Security-Token"] == "t")
        #expect(signed.headers["Authorization"]?.contains("SignedHeaders=host;x-amz-date;x-amz-security-token") == true)
    }
}

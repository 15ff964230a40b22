import HTTPExchange
import TestSupport
import Testing

@testable import RegistryLogin

/// Which hosts get a provider's credentials. What only looks like one of its registries must never get them.
@Suite struct RegistryHostTests {
    /// A host, where its tokens and its role's keys come from, why.
    static let amazon: [(String, tokens: String, sts: String, String)] = [
        (
            "123456789012.dkr.ecr.eu-west-1.amazonaws.com", "api.ecr.eu-west-1.amazonaws.com",
            "sts.eu-west-1.amazonaws.com", "the usual one"
        ),
        (
            "123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com", "api.ecr-fips.us-gov-west-1.amazonaws.com",
            "sts.us-gov-west-1.amazonaws.com", "FIPS, GovCloud"
        ),
        (
            "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn", "api.ecr.cn-north-1.amazonaws.com.cn",
            "sts.cn-north-1.amazonaws.com.cn", "China"
        ),
        (
            "123456789012.dkr.ecr.us-iso-east-1.c2s.ic.gov", "api.ecr.us-iso-east-1.c2s.ic.gov",
            "sts.us-iso-east-1.c2s.ic.gov", "an isolated partition"
        ),
        (
            "123456789012.dkr.ecr.us-isob-east-1.sc2s.sgov.gov", "api.ecr.us-isob-east-1.sc2s.sgov.gov",
            "sts.us-isob-east-1.sc2s.sgov.gov", "another"
        ),
        (
            "123456789012.dkr.ecr.eu-isoe-west-1.cloud.adc-e.uk", "api.ecr.eu-isoe-west-1.cloud.adc-e.uk",
            "sts.eu-isoe-west-1.cloud.adc-e.uk", "another"
        ),
        (
            "123456789012.dkr.ecr.us-isof-south-1.csp.hci.ic.gov", "api.ecr.us-isof-south-1.csp.hci.ic.gov",
            "sts.us-isof-south-1.csp.hci.ic.gov", "another"
        ),
        (
            "123456789012.dkr-ecr.eu-west-1.on.aws", "ecr.eu-west-1.api.aws", "sts.eu-west-1.api.aws",
            "dual stack"
        ),
        ("public.ecr.aws", "api.ecr-public.us-east-1.amazonaws.com", "sts.us-east-1.amazonaws.com", "public"),
    ]

    @Test(arguments: amazon) func knowsAmazons(host: String, tokens: String, sts: String, why: String) throws {
        let registry = try #require(ECRRegistry(host: host), "\(why)")
        #expect(registry.tokenEndpoint.description == "https://\(tokens)/")
        #expect(registry.stsEndpoint.description == "https://\(sts)/")
        #expect(registry.isPublic == (host == "public.ecr.aws"))
    }

    /// A provider, a host that is not its, why somebody could think so.
    static let strangers: [(CloudProvider, String, String)] = [
        (.aws, "123456789012.dkr.ecr.eu-west-1.amazonaws.com.evil.example", "more at the end"),
        (.aws, "evil.example.123456789012.dkr.ecr.eu-west-1.amazonaws.com", "more in front"),
        (.aws, "x123456789012.dkr.ecr.eu-west-1.amazonaws.com", "no account"),
        (.aws, ".dkr.ecr.eu-west-1.amazonaws.com", "no account at all"),
        (.aws, "123456789012.dkr.ecr.eu-west-1.amazonaws.comcn", "nearly a partition"),
        (.aws, "123456789012.dkr.ecr.eu-west-1.evil.com", "no partition"),
        (.aws, "123456789012-dkr-ecr-eu-west-1.amazonaws.com", "dashes for dots"),
        (.aws, "123456789012.dkr.ecr.eu-west-1.amazonaws.com:8443", "a port"),
        (.aws, "123456789012.dkr.ecr.eu-west-1.on.aws", "two forms in one"),
        (.aws, "public.ecr.aws.evil.example", "public, and more"),
        (.aws, "ghcr.io", "somebody else's"),
        (.azure, "azurecr.io", "no registry"), (.azure, ".azurecr.io", "an empty one"),
        (.azure, "acme.azurecr.io.evil.example", "more at the end"), (.azure, "acmeazurecr.io", "no dot"),
        (.azure, "acme.azurecr.com", "another domain"), (.azure, "acme.azurecr.io:8443", "a port"),
        (.gcp, "evilgcr.io", "no dot"), (.gcp, "gcr.io.evil.example", "more at the end"),
        (.gcp, "docker.pkg.dev", "no location"), (.gcp, "-docker.pkg.dev", "an empty one"),
        (.gcp, "europe-docker.pkg.dev.evil.example", "more at the end"), (.gcp, "europe-npm.pkg.dev", "no images"),
    ]

    @Test(arguments: strangers) func givesNothingToOthers(provider: CloudProvider, host: String, why: String)
        async throws
    {
        let fixture = try LoginFixture()
        let map = fixture.map()
        let login = fixture.login(map, ["AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"])
        let error = try await #require(throws: LoginError.self) {
            try await login.credentials(for: LoginRequest(provider, registry: host))
        }
        #expect(error.code == .otherRegistry, "\(why)")
        #expect(error.message.contains("'\(host)'") && error.message.contains(provider.hosts))
        #expect(map.requests.isEmpty)
    }

    @Test(arguments: ["gcr.io", "eu.gcr.io", "europe-west1-docker.pkg.dev", "us-docker.pkg.dev"])
    func knowsGoogles(host: String) { #expect(GoogleRegistry(host: host) != nil) }

    @Test(arguments: [
        ("acme.azurecr.io", "login.microsoftonline.com", "https://management.azure.com"),
        ("acme.azurecr.de", "login.microsoftonline.com", "https://management.azure.com"),
        ("acme.azurecr.cn", "login.chinacloudapi.cn", "https://management.chinacloudapi.cn"),
        ("acme.azurecr.us", "login.microsoftonline.us", "https://management.usgovcloudapi.net"),
    ]) func knowsAzures(host: String, authority: String, resource: String) throws {
        let registry = try #require(ACRRegistry(host: host))
        #expect(registry.authority.host == authority)
        #expect(registry.resource == resource)
        #expect(registry.exchangeEndpoint.description == "https://\(host)/oauth2/exchange")
    }
}

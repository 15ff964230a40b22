import HTTPExchange

/// What the host of an Amazon registry tells: partition, region and endpoints.
struct ECRRegistry: Hashable, Sendable {
    let region: String
    /// The domain of the partition's services.
    private let domain: String
    private let isFIPS: Bool
    /// The addresses with IPv6 (`api.aws`), which name services in another way.
    private let isDualStack: Bool
    let isPublic: Bool

    /// The partitions' domains; each has registries at `ACCOUNT.dkr.ecr.REGION.DOMAIN`.
    private static let domains: Set<String> = [
        "amazonaws.com", "amazonaws.com.cn", "amazonaws.eu", "c2s.ic.gov", "sc2s.sgov.gov", "cloud.adc-e.uk",
        "csp.hci.ic.gov",
    ]
    /// The domains of `ACCOUNT.dkr-ecr.REGION.DOMAIN`, and those of the services beside them.
    private static let dualStackDomains = [
        "on.aws": "api.aws", "on.amazonwebservices.com.cn": "api.amazonwebservices.com.cn",
    ]

    /// Nil for a host that is not Amazon's. The whole host has to fit: what only begins like one is somebody else's.
    init?(host: String) {
        if host == "public.ecr.aws" || host == "ecr-public.aws.com" {
            // Wherever the caller is, public registries give tokens there only.
            self.init(region: "us-east-1", domain: "amazonaws.com", isPublic: true)
            return
        }
        var labels = host.split(separator: ".", omittingEmptySubsequences: false).map(String.init)[...]
        guard let account = labels.popFirst(), !account.isEmpty,
            account.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let service = labels.popFirst()
        else { return nil }
        let name = service == "dkr" ? labels.popFirst().map { "dkr.\($0)" } ?? "" : service
        guard ["dkr.ecr", "dkr.ecr-fips", "dkr-ecr", "dkr-ecr-fips"].contains(name), let region = labels.popFirst(),
            Self.isRegion(region)
        else { return nil }
        let domain = labels.joined(separator: ".")
        let isFIPS = name.hasSuffix("-fips")
        if name.hasPrefix("dkr-") {
            guard let services = Self.dualStackDomains[domain] else { return nil }
            self.init(region: region, domain: services, isFIPS: isFIPS, isDualStack: true)
        } else {
            guard Self.domains.contains(domain) else { return nil }
            self.init(region: region, domain: domain, isFIPS: isFIPS)
        }
    }

    private init(
        region: String,
        domain: String,
        isFIPS: Bool = false,
        isDualStack: Bool = false,
        isPublic: Bool = false
    ) {
        (self.region, self.domain, self.isFIPS) = (region, domain, isFIPS)
        (self.isDualStack, self.isPublic) = (isDualStack, isPublic)
    }

    /// The name that requests for tokens are signed for.
    var signingName: String { isPublic ? "ecr-public" : "ecr" }

    /// Where tokens are given.
    var tokenEndpoint: HTTPURL {
        let service = isPublic ? "ecr-public" : isFIPS ? "ecr-fips" : "ecr"
        return HTTPURL(scheme: .https, host: "\(isDualStack ? "" : "api.")\(service).\(region).\(domain)")
    }

    /// The region's own security token service.
    var stsEndpoint: HTTPURL { HTTPURL(scheme: .https, host: "sts.\(region).\(domain)") }

    private static func isRegion(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D }
    }
}

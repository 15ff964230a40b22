import HTTPExchange

/// An Azure registry, and the cloud that it is in.
struct ACRRegistry: Hashable, Sendable {
    let host: String
    private let cloud: Cloud

    /// Azure's separate clouds, as far as they differ for a login.
    private enum Cloud: Hashable {
        case global, china, government
    }

    /// Nil for a host that is not Azure's.
    init?(host: String) {
        let endings: [(String, Cloud)] = [
            (".azurecr.io", .global), (".azurecr.de", .global), (".azurecr.cn", .china), (".azurecr.us", .government),
        ]
        guard let (ending, cloud) = endings.first(where: { host.hasSuffix($0.0) }), host.count > ending.count else {
            return nil
        }
        self.host = host
        self.cloud = cloud
    }

    /// Where the cloud's identities log in.
    var authority: HTTPURL {
        let host =
            switch cloud {
            case .global: "login.microsoftonline.com"
            case .china: "login.chinacloudapi.cn"
            case .government: "login.microsoftonline.us"
            }
        return HTTPURL(scheme: .https, host: host)
    }

    /// What an access token has to be for: registries take those of the cloud's resource manager.
    var resource: String {
        switch cloud {
        case .global: "https://management.azure.com"
        case .china: "https://management.chinacloudapi.cn"
        case .government: "https://management.usgovcloudapi.net"
        }
    }

    /// Where the registry takes an access token and gives a refresh token of its own.
    var exchangeEndpoint: HTTPURL { HTTPURL(scheme: .https, host: host, path: "/oauth2/exchange") }
}

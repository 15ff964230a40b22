import CLibcurl

/// libcurl's process-wide state, set up before its first use.
enum LibcurlSetup {
    static let once: Void = {
        // Fails only without memory; then every handle fails too and says so.
        _ = curl_global_init(Int(CURL_GLOBAL_DEFAULT))
    }()
}

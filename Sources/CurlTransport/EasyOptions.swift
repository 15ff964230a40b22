import CLibcurl
import CoreModel
import HTTPExchange

/// Writes a request's settings into an easy handle; remembers the first that libcurl refused.
@safe struct EasyOptions {
    private let easy: UnsafeMutableRawPointer
    private let request: PreparedRequest
    private let userAgent: String
    private var failure: CURLcode = CURLE_OK

    init(easy: UnsafeMutableRawPointer, request: PreparedRequest, userAgent: String) {
        unsafe self.easy = easy
        self.request = request
        self.userAgent = userAgent
    }

    /// - Throws: `invalidRequest` for a setting that libcurl refuses.
    mutating func setAll() throws {
        setGeneral()
        setMethod()
        setTLS()
        setProxy()
        guard failure == CURLE_OK else {
            let text = unsafe String(cString: curl_easy_strerror(failure))
            throw HTTPError(.invalidRequest, "\(request.subject) cannot be sent: \(text); correct its settings")
        }
    }

    mutating func setCallbacks(context: UnsafeMutableRawPointer) {
        unsafe note(sluice_easy_set_transfer_callback(easy, CURLOPT_HEADERFUNCTION, EasyCallbacks.header))
        unsafe set(CURLOPT_HEADERDATA, pointer: context)
        unsafe note(sluice_easy_set_transfer_callback(easy, CURLOPT_WRITEFUNCTION, EasyCallbacks.write))
        unsafe set(CURLOPT_WRITEDATA, pointer: context)
        unsafe note(sluice_easy_set_transfer_callback(easy, CURLOPT_READFUNCTION, EasyCallbacks.read))
        unsafe set(CURLOPT_READDATA, pointer: context)
        unsafe note(sluice_easy_set_seek_callback(easy, EasyCallbacks.seek))
        unsafe set(CURLOPT_SEEKDATA, pointer: context)
        unsafe note(sluice_easy_set_prerequest_callback(easy, EasyCallbacks.requestBegins))
        unsafe set(CURLOPT_PREREQDATA, pointer: context)
    }

    private mutating func setGeneral() {
        set(CURLOPT_URL, request.url)
        set(CURLOPT_USERAGENT, userAgent)
        set(CURLOPT_PROTOCOLS_STR, "http,https")
        set(CURLOPT_FOLLOWLOCATION, 0)
        set(CURLOPT_PATH_AS_IS, 1)
        set(CURLOPT_NOSIGNAL, 1)
        // A lookup that hangs would otherwise hold the driver thread until it ends.
        set(CURLOPT_QUICK_EXIT, 1)
        set(CURLOPT_UPLOAD_BUFFERSIZE, 256 << 10)
        set(CURLOPT_TCP_KEEPALIVE, 1)
        set(CURLOPT_TCP_KEEPIDLE, 30)
        set(CURLOPT_TCP_KEEPINTVL, 15)
        set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        let (seconds, attoseconds) = request.profile.connectTimeout.components
        set(CURLOPT_CONNECTTIMEOUT_MS, max(1, Int(seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000)))
        let version = request.profile.prefersHTTP2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1
        set(CURLOPT_HTTP_VERSION, Int(version))
        set(CURLOPT_PIPEWAIT, request.profile.prefersHTTP2 ? 1 : 0)
    }

    private mutating func setMethod() {
        if let upload = request.upload {
            set(CURLOPT_UPLOAD, 1)
            unsafe note(sluice_easy_set_large(easy, CURLOPT_INFILESIZE_LARGE, Int(upload.length)))
        }
        if request.method == .head {
            set(CURLOPT_NOBODY, 1)
        } else {
            set(CURLOPT_CUSTOMREQUEST, request.method.rawValue)
        }
    }

    private mutating func setTLS() {
        let tls = request.profile.tls
        set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        set(CURLOPT_SSL_VERIFYPEER, tls.verifiesPeer ? 1 : 0)
        set(CURLOPT_SSL_VERIFYHOST, tls.verifiesPeer ? 2 : 0)
        // Debian's libcurl trusts a folder of authorities too, even beside a bundle of ours.
        set(CURLOPT_CAPATH, nil)
        set(CURLOPT_PROXY_CAPATH, nil)
        let path = tls.usesSystemAuthorities ? SystemAuthorities.path : nil
        set(CURLOPT_CAINFO, path)
        set(CURLOPT_PROXY_CAINFO, path)
        if let authorities = tls.authorities {
            let bundle = (tls.usesSystemAuthorities ? SystemAuthorities.bundle + [0x0A] : []) + Array(authorities.utf8)
            set(CURLOPT_CAINFO_BLOB, blob: bundle)
            set(CURLOPT_PROXY_CAINFO_BLOB, blob: bundle)
        }
        if let certificate = tls.certificate { set(CURLOPT_SSLCERT_BLOB, blob: Array(certificate.utf8)) }
        if let key = tls.privateKey { set(CURLOPT_SSLKEY_BLOB, blob: Array(key.secret.utf8)) }
        // Without a passphrase OpenSSL would ask for one on the terminal.
        set(CURLOPT_KEYPASSWD, "")
    }

    private mutating func setProxy() {
        // Said in any case: libcurl reads the environment on its own where it is told nothing.
        set(CURLOPT_NOPROXY, "")
        guard let proxy = request.proxy else { return set(CURLOPT_PROXY, "") }
        set(CURLOPT_PROXY, RequestRules.proxyAddress(proxy.address))
        set(CURLOPT_PROXY_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        // libcurl decodes `%XX` in both.
        if let username = proxy.username { set(CURLOPT_PROXYUSERNAME, HTTPURL.percentEncode(username)) }
        if let password = proxy.password { set(CURLOPT_PROXYPASSWORD, HTTPURL.percentEncode(password.secret)) }
    }

    // MARK: One name for each type

    mutating func set(_ option: CURLoption, pointer: UnsafeMutableRawPointer?) {
        unsafe note(sluice_easy_set_pointer(easy, option, pointer))
    }

    private mutating func set(_ option: CURLoption, _ number: Int) {
        unsafe note(sluice_easy_set_long(easy, option, number))
    }

    private mutating func set(_ option: CURLoption, _ text: String?) {
        unsafe note(sluice_easy_set_text(easy, option, text))
    }

    private mutating func set(_ option: CURLoption, blob: [UInt8]) {
        unsafe note(blob.withUnsafeBytes { unsafe sluice_easy_set_blob(easy, option, $0.baseAddress, $0.count) })
    }

    private mutating func note(_ code: CURLcode) {
        if failure == CURLE_OK { failure = code }
    }
}

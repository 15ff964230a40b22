/// One pair of keys for all tests of commands.
enum TestKeys {
    /// P-256, PKCS#8.
    static let signing = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg37dsxyCAUOasJD80
        2V8cS4tqFcY2sYszWtvlsVcxoAWhRANCAAS93rxnVFxg4HY0ngMRiz46xxjxSbAV
        uiXbk2gALBIh71NBUvWpxXWZCW55GEpIPvLIfQ1lv3NY+e1PL6qwoYXm
        -----END PRIVATE KEY-----
        """
    /// Its public half.
    static let verifying = """
        -----BEGIN PUBLIC KEY-----
        MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEvd68Z1RcYOB2NJ4DEYs+OscY8Umw
        Fbol25NoACwSIe9TQVL1qcV1mQlueRhKSD7yyH0NZb9zWPntTy+qsKGF5g==
        -----END PUBLIC KEY-----
        """
    /// The same key, protected by OpenSSL with the password `correct horse`.
    static let protected = """
        -----BEGIN ENCRYPTED PRIVATE KEY-----
        MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAitNZSheRwCUwICCAAw
        DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEPXxUFdnxsI88CUG7HeC+1gEgZDy
        9SKGSXzJ5QWt9rCMDpy1ZwcSiXwrZUpRL8umZ0o/bf1cYc2Uy/r63s1ur9Eh04Yn
        0igSlo/S0QKTXLbEQgex2ogcIiebC1PuNdXvq8hrejYPAUxu7vDW3fLoXsPDgk6/
        xMatVwv5lnN+rv7MDUGV9lsFIBp8ommX6dE65jXLjB0hB0tFxScgrAsAmRkx/ig=
        -----END ENCRYPTED PRIVATE KEY-----
        """
}

import CoreModel
import SignatureCrypto

/// Keys that protect nothing.
enum TestKeys {
    static let firstPEM = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg37dsxyCAUOasJD80
        2V8cS4tqFcY2sYszWtvlsVcxoAWhRANCAAS93rxnVFxg4HY0ngMRiz46xxjxSbAV
        uiXbk2gALBIh71NBUvWpxXWZCW55GEpIPvLIfQ1lv3NY+e1PL6qwoYXm
        -----END PRIVATE KEY-----
        """
    static let firstPublicPEM = """
        -----BEGIN PUBLIC KEY-----
        MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEvd68Z1RcYOB2NJ4DEYs+OscY8Umw
        Fbol25NoACwSIe9TQVL1qcV1mQlueRhKSD7yyH0NZb9zWPntTy+qsKGF5g==
        -----END PUBLIC KEY-----
        """
    static let secondPEM = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgAzCoj7Ip7PRQtvkv
        aT5QDqGqsJwfnjuoEfCPPOgpZE2hRANCAASENP3abkTAXlinPO5oagnKevKJeDuf
        HZLvgUW2xRo3/2geBCcM0SNzERrqqUm59lfj2or64qVCbBCP3s5MlCv1
        -----END PRIVATE KEY-----
        """
    static let secondPublicPEM = """
        -----BEGIN PUBLIC KEY-----
        MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEhDT92m5EwF5YpzzuaGoJynryiXg7
        nx2S74FFtsUaN/9oHgQnDNEjcxEa6qlJufZX49qK+uKlQmwQj97OTJQr9Q==
        -----END PUBLIC KEY-----
        """

    static let thirdPEM = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgdZyHyzd+WtnUuHar
        fKjkcQiVW+Lhu3OamvbchUeBVfqhRANCAARSlCnNytP8iHlfBZuwzf3jaWxLdvSt
        /wdRIh/MB00KnBz2LCD0qiODKCFmndqdtq0l11EivlaLzcdAX4ekMwOh
        -----END PRIVATE KEY-----
        """

    static func first() throws -> SigningKey { try SigningKey(pem: Redacted(firstPEM)) }
    static func second() throws -> SigningKey { try SigningKey(pem: Redacted(secondPEM)) }
    static func third() throws -> SigningKey { try SigningKey(pem: Redacted(thirdPEM)) }
}

/// A key that protects nothing.
enum TestKey {
    static let p256 = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgPpVNhVE3iKg47cxU
        Atsf/vWFnimyzjeYAwGzY3B+5iehRANCAAQvauYVHzFa6PmKpo33N4b6K/OvQE+s
        7BkdZ/z7KjKgj8Vh6k+6P0Ofhyhx0e68BC3vmfRoJlW3CvBjQ15gp2WJ
        -----END PRIVATE KEY-----
        """
}

import CoreModel
import Testing

/// One host in other words.
struct HostSpellingTests {
    static let same: [(why: String, spelling: String, canonical: String)] = [
        ("a name", "ghcr.io", "ghcr.io"), ("in upper case", "GHCR.IO", "ghcr.io"),
        ("with the port of HTTPS", "ghcr.io:443", "ghcr.io"), ("with the port of HTTP", "ghcr.io:80", "ghcr.io"),
        ("with a zero in front of it", "ghcr.io:0443", "ghcr.io"), ("another port", "ghcr.io:5000", "ghcr.io:5000"),
        ("with zeros in front", "ghcr.io:05000", "ghcr.io:5000"), ("a dot behind", "ghcr.io.", "ghcr.io"),
        ("a dot and a port", "ghcr.io.:443", "ghcr.io"), ("nothing", "", ""), ("a dot", ".", "."),
        ("an address", "127.0.0.1:5000", "127.0.0.1:5000"), ("of three numbers", "127.0.1:5000", "127.0.0.1:5000"),
        ("of two", "127.1:5000", "127.0.0.1:5000"), ("of one", "2130706433:5000", "127.0.0.1:5000"),
        ("hexadecimal", "0x7f000001", "127.0.0.1"), ("octal", "0177.0.0.01", "127.0.0.1"),
        ("all zeros", "0", "0.0.0.0"), ("too large a number is a name", "4294967296", "4294967296"),
        ("too large a part", "256.0.0.1", "256.0.0.1"), ("five parts", "1.2.3.4.5", "1.2.3.4.5"),
        ("no octal digit", "09.0.0.1", "09.0.0.1"), ("a name that begins like a number", "0x7f.test", "0x7f.test"),
        ("loopback", "[::1]:5000", "[0:0:0:0:0:0:0:1]:5000"),
        ("loopback in full", "[0000:0:0:0::0:1]:5000", "[0:0:0:0:0:0:0:1]:5000"),
        ("a mapped address", "[::ffff:127.0.0.1]:5000", "127.0.0.1:5000"),
        ("a mapped address in hexadecimal", "[::FFFF:7f00:1]", "127.0.0.1"),
        ("a long address", "[2001:DB8::a]", "[2001:db8:0:0:0:0:0:a]"), ("two gaps", "[1::2::3]", "[1::2::3]"),
        ("nine groups", "[1:2:3:4:5:6:7:8:9]", "[1:2:3:4:5:6:7:8:9]"),
        ("a gap for nothing", "[::]", "[0:0:0:0:0:0:0:0]"),
        ("a pattern", "*.acme.test:*", "*.acme.test:*"), ("signs are no digits", "+1:5000", "+1:5000"),
    ]

    @Test(arguments: same)
    func hasOneSpelling(why: String, spelling: String, canonical: String) {
        #expect(HostSpelling.canonical(spelling) == canonical, "\(why)")
        #expect(HostSpelling.canonical(canonical) == canonical, "\(why): the one spelling stays")
    }
}

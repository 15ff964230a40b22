import OCIDistribution
import Testing

@testable import OCILayout

@Suite struct LayoutIndexTests {
    @Test(arguments: [
        ("v1", "v1", "a tag alone"),
        ("ghcr.io/acme/app:v1", "v1", "a whole reference"),
        ("localhost:5000/app", nil, "a port is no tag"),
        ("app:v1@sha256:00", "v1", "a digest behind the tag"),
        ("", nil, "an empty name"),
    ])
    func readsTags(name: String, tag: String?, why: String) {
        #expect(LayoutName.tag(of: name) == tag, "\(why)")
    }
}

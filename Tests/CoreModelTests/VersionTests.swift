import CoreModel
import Testing

struct VersionTests {
    @Test func precedenceFollowsTheSpecification() {
        let ordered = [
            "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11",
            "1.0.0-rc.1", "1.0.0", "2.0.0", "2.1.0", "2.1.1",
        ].compactMap(SemanticVersion.init)
        #expect(ordered.count == 11)
        for (low, high) in zip(ordered, ordered.dropFirst()) {
            #expect(low < high)
            #expect(!(high < low))
        }
    }

    @Test(arguments: ["1.2", "latest", "1.2.x", "", "1.2.3-", "1.2.3+", "-1.2.3", "1..3", "1.2.3.4"])
    func refusesTags(text: String) {
        #expect(SemanticVersion(text) == nil)
    }

    static let ranges: [(String, String, Bool)] = [
        (">=1.0.0", "1.0.0", true), (">=1.0.0", "0.9.9", false), (">=1.0.0", "1.1.0-rc.1", false),
        (">=1.0.0-0", "1.1.0-rc.1", true), ("6.0.x", "6.0.9", true), ("6.0.x", "6.1.0", false), ("*", "3.2.1", true),
        ("*", "3.2.1-rc.1", false), ("^1.2.3", "1.9.0", true), ("^1.2.3", "2.0.0", false), ("^0.2.3", "0.2.9", true),
        ("^0.2.3", "0.3.0", false), ("^0.0.3", "0.0.4", false), ("~1.2.3", "1.2.9", true), ("~1.2.3", "1.3.0", false),
        ("~1", "1.9.0", true), ("1.2 - 1.4", "1.4.5", true), ("1.2 - 1.4", "1.5.0", false), (">1.2", "1.2.9", false),
        (">1.2", "1.3.0", true), ("<=1.2", "1.2.9", true), ("!=1.2.3", "1.2.3", false), ("!=1.2", "1.2.3", false),
        (">=1.0 <2.0", "1.5.0", true), (">=1.0, <2.0", "2.0.0", false), ("<1.0 || >=2.0", "2.1.0", true),
        ("<1.0 || >=2.0", "1.5.0", false), ("= 1.2.3", "v1.2.3", true), ("1.2.3-rc.1", "1.2.3-rc.1", true),
    ]

    @Test(arguments: ranges)
    func constraints(range: String, version: String, allowed: Bool) throws {
        let constraint = try #require(VersionConstraint(range))
        let version = try #require(SemanticVersion(version))
        #expect(constraint.allows(version) == allowed)
    }

    @Test(arguments: ["", "one", ">=", "1.2.3.4", ">>1", "1.0.0 ||", "~> ~1"])
    func refusesConstraints(text: String) {
        #expect(VersionConstraint(text) == nil)
    }
}

import KubeModel
import ManifestTree
import Testing

@Suite("Label selectors")
struct LabelSelectorTests {
    static let matching: [(String, [String: String], Bool, String)] = [
        ("", ["a": "b"], true, "the empty selector takes everything"),
        ("a=b", ["a": "b"], true, "equality"),
        ("a==b", ["a": "b"], true, "double equals is the same"),
        ("a = b , c != d", ["a": "b"], true, "spaces do not count; != holds for an absent label"),
        ("c!=d", ["c": "d"], false, "!= refuses the value"),
        ("a=", ["a": ""], true, "an empty value can be asked for"),
        ("e in (x,y)", ["e": "y"], true, "in takes any of the values"),
        ("e in ( x , y )", ["e": "z"], false, "in refuses other values"),
        ("e notin (x,y)", [:], true, "notin holds for an absent label"),
        ("e notin (x,y)", ["e": "x"], false, "notin refuses its values"),
        ("g", ["g": "anything"], true, "a bare key asks for existence"),
        ("!f", ["f": ""], false, "! refuses existence"),
        ("!f", [:], true, "! wants absence"),
        ("a=b,c!=d,e in (x,y),!f,g", ["a": "b", "e": "x", "g": ""], true, "all of them at once"),
        ("example.com/in=in", ["example.com/in": "in"], true, "operators' names can be keys and values"),
    ]

    @Test(arguments: matching)
    func parsesKubectlNotation(text: String, labels: [String: String], matches: Bool, why: String) throws {
        let selector = try LabelSelector(parsing: text)
        #expect(selector.matches(labels) == matches, "\(why)")
        #expect(try LabelSelector(parsing: selector.description) == selector, "the notation survives a round trip")
    }

    static let refused: [(String, String)] = [
        ("a=b,", "nothing after the comma"),
        ("=b", "no key"),
        ("a in x", "no parenthesis"),
        ("a in (x", "parenthesis left open"),
        ("a in (x) b", "no comma between"),
        ("a like b", "an unknown operator"),
        ("a=b c", "two values"),
        ("-a=b", "a key that no label can have"),
        ("a=/b", "a value that no label can have"),
    ]

    @Test(arguments: refused)
    func refusesWhatItCannotRead(text: String, why: String) {
        #expect(throws: KubeModelError.self, "\(why)") { try LabelSelector(parsing: text) }
    }

    @Test func readsMatchLabelsAndExpressions() throws {
        let selector = try LabelSelector([
            "matchLabels": ["app": "web"],
            "matchExpressions": [
                ["key": "tier", "operator": "In", "values": ["b", "a"]],
                ["key": "old", "operator": "DoesNotExist"],
            ],
        ])
        #expect(selector.description == "app=web,tier in (a,b),!old")
        #expect(selector.matches(["app": "web", "tier": "b"]))
    }

    static let refusedTrees: [(Tree, String)] = [
        (["matchExpressions": [["key": "a", "operator": "In"]]], "In without values"),
        (["matchExpressions": [["key": "a", "operator": "Exists", "values": ["x"]]]], "Exists with values"),
        (["matchExpressions": [["key": "a", "operator": "Like", "values": ["x"]]]], "an unknown operator"),
        (["matchLabels": ["a": 1]], "a number where a string belongs"),
    ]

    @Test(arguments: refusedTrees)
    func refusesBadExpressions(tree: Tree, why: String) {
        #expect(throws: KubeModelError.self, "\(why)") { try LabelSelector(tree) }
    }
}

/// Which authorities vouch when no signer may stand for two of them: a greatest matching, found by augmenting paths.
struct SignerMatching {
    /// For each authority, the index of the signer in its list that stands for it; nil where none is left.
    private(set) var chosen: [Int?]
    private let identities: [[String]]
    private var holders: [String: Int] = [:]

    /// Takes the identities of each authority's signers.
    init(_ identities: [[String]]) {
        self.identities = identities
        chosen = [Int?](repeating: nil, count: identities.count)
        for authority in identities.indices {
            var visited: Set<String> = []
            place(authority, &visited)
        }
    }

    /// How many authorities have a signer of their own.
    var count: Int { chosen.count { $0 != nil } }

    /// Finds a signer for an authority, and another one for whoever has to give way. The depth is bounded by the number
    /// of authorities in a rule.
    @discardableResult
    private mutating func place(_ authority: Int, _ visited: inout Set<String>) -> Bool {
        for (index, signer) in identities[authority].enumerated() where visited.insert(signer).inserted {
            if let holder = holders[signer], !place(holder, &visited) { continue }
            holders[signer] = authority
            chosen[authority] = index
            return true
        }
        return false
    }
}

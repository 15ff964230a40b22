internal import CoreModel

/// Looks for a path depth first, with a bound on the signatures that it checks: whoever sends the intermediates chooses
/// how many there are and whom they name.
struct ChainSearch {
    /// More signature checks than any honest set of certificates needs.
    static let signatureLimit = 64

    private let intermediates: [[UInt8]: [Certificate]]
    private let roots: [[UInt8]: [Certificate]]
    private let rootSet: Set<Certificate>
    private let moment: Int64?
    private let rules: ChainRules
    private var signaturesLeft = signatureLimit
    /// What is wrong with the longest path so far.
    private var problem: (length: Int, what: EvidenceProblem)?

    init(intermediates: [Certificate], roots: [Certificate], moment: Int64?, rules: ChainRules) {
        self.intermediates = Dictionary(grouping: intermediates, by: \.subject.encoded)
        self.roots = Dictionary(grouping: roots, by: \.subject.encoded)
        rootSet = Set(roots)
        self.moment = moment
        self.rules = rules
    }

    mutating func run(_ leaf: Certificate) throws -> [Certificate] {
        try LeafCheck(rules: rules, moment: moment).check(leaf)
        if rootSet.contains(leaf) {
            if rules.allowsTrustedLeaf { return [leaf] }
            note(
                1,
                EvidenceProblem(.chainRefused, "the certificate \"\(leaf)\" is itself a root and not signed by one")
            )
        }
        if let found = try extend([leaf]) { return found }
        throw problem?.what ?? unknownRoot(leaf)
    }

    /// The path continued to a root; nil when none is good.
    private mutating func extend(_ path: [Certificate]) throws -> [Certificate]? {
        let last = path[path.count - 1]
        for (issuer, isRoot) in candidates(for: last) where !path.contains(issuer) {
            guard path.count < rules.maximumLength else {
                note(
                    path.count,
                    EvidenceProblem(
                        .chainTooLong,
                        "the certificate chain is longer than \(rules.maximumLength) certificates"
                    )
                )
                return nil
            }
            guard signaturesLeft > 0 else {
                throw EvidenceProblem(.chainTooLong, "the certificates can be chained in too many ways")
            }
            signaturesLeft -= 1
            guard try last.isSigned(by: issuer.publicKey) else {
                note(
                    path.count,
                    EvidenceProblem(
                        .badSignature,
                        "the certificate \"\(last)\" is not signed by \"\(issuer)\", which it names as its issuer"
                    )
                )
                continue
            }
            let longer = path + [issuer]
            if let what = AuthorityCheck(rules: rules, moment: moment).problem(with: issuer, above: path) {
                note(longer.count, what)
                continue
            }
            if isRoot { return longer }
            if let found = try extend(longer) { return found }
        }
        if candidates(for: last).isEmpty { note(path.count, unknownRoot(last)) }
        return nil
    }

    /// Roots first; those whose key identifier is the one asked for before the others.
    private func candidates(for certificate: Certificate) -> [(Certificate, isRoot: Bool)] {
        let name = certificate.issuer.encoded
        let trusted = roots[name, default: []].map { ($0, isRoot: true) }
        let offered = intermediates[name, default: []].filter { !rootSet.contains($0) }.map { ($0, isRoot: false) }
        let all = trusted + offered
        guard let wanted = certificate.authorityKeyIdentifier else { return all }
        // Certificates that deny being the issuer come last: their key may still be the right one.
        return all.filter { $0.0.subjectKeyIdentifier == wanted } + all.filter { $0.0.subjectKeyIdentifier != wanted }
    }

    private mutating func note(_ length: Int, _ what: EvidenceProblem) {
        if length > problem?.length ?? 0 { problem = (length, what) }
    }

    private func unknownRoot(_ last: Certificate) -> EvidenceProblem {
        let issuer = last.issuer.isEmpty ? "an authority without a name" : "\"\(last.issuer)\""
        return EvidenceProblem(
            .unknownRoot,
            "the certificate chain ends at \"\(last)\", whose issuer \(issuer) is not among the trusted roots"
        )
    }
}

internal import CoreModel
internal import ManifestTree

/// Holds signatures against every rule of a policy at once, one signature at a time, and knows when enough was seen.
///
/// Pure: it fetches nothing. Each signature is looked at once, however many rules and authorities there are.
struct TrustLedger {
    let subject: TrustSubject
    let context: TrustContext
    /// The types of statements that matter.
    let predicates: Set<String>
    private(set) var rules: [RuleLedger]
    /// One for each signature examined.
    private(set) var results: [SignatureResult] = []

    init(_ policy: TrustPolicy, _ subject: TrustSubject, _ context: TrustContext) {
        self.subject = subject
        self.context = context
        predicates = policy.predicates
        rules = policy.rules.map { RuleLedger($0, subject, context) }
    }

    /// Whether every rule holds.
    var isSatisfied: Bool { rules.allSatisfy(\.isSatisfied) }

    /// Whether some rule does not hold whatever the signatures say.
    var isRefused: Bool { rules.contains { !$0.refusals.isEmpty } }

    /// Whether the annotations of the artifact's manifest matter.
    var wantsManifest: Bool { rules.contains { !$0.rule.requirements.manifestAnnotations.isEmpty } }

    /// Shows the annotations of the artifact's manifest to every rule; nil where there is no manifest.
    mutating func record(manifest annotations: [String: String]?) {
        for index in rules.indices { rules[index].examine(manifest: annotations) }
    }

    /// Whether a signature from there could still matter.
    func wants(_ place: SignaturePlace) -> Bool {
        rules.contains { !$0.isSatisfied && $0.wants(place) }
    }

    /// Notes that something in a signature's place is none that can be examined.
    mutating func record(unreadable result: SignatureResult) { results.append(result) }

    /// Shows a signature to every authority whose rule does not hold yet.
    /// - Throws: when OpenSSL cannot check at all.
    mutating func record(_ evidence: SignatureEvidence, from place: SignaturePlace, _ result: SignatureResult) throws {
        var result = result
        var examination = Examination(evidence: evidence, subject: subject)
        for index in rules.indices where !rules[index].isSatisfied {
            try rules[index].examine(&examination, from: place, at: context)
        }
        result.signer = examination.signer
        result.claimedReference = examination.claimedReference
        result.predicateType = examination.predicateType
        result.refusal = examination.refusal
        result.checks = examination.checks
        results.append(result)
    }
}

/// One signature while the authorities look at it.
struct Examination {
    /// The most reasons that a signature's refusal lists.
    private static let reasonLimit = 3

    let evidence: SignatureEvidence
    let subject: TrustSubject
    /// Who made it, as the first authority that could tell has told.
    private(set) var signer: TrustSigner?
    private(set) var claimedReference: String?
    private(set) var predicateType: String?
    private var statement: Result<SignedStatement, StrictMap.Problem>?
    /// What trust policies of notation made of it.
    private(set) var checks: [NotationChecks] = []
    private var counts = false
    private var objections: [String] = []
    private var refusals: [String] = []
    private var strangers: [String] = []

    init(evidence: SignatureEvidence, subject: TrustSubject) {
        self.evidence = evidence
        self.subject = subject
    }

    /// What was signed, read once and only after somebody was found to have signed it.
    mutating func read(signedBy signer: TrustSigner) -> Result<SignedStatement, StrictMap.Problem> {
        self.signer = self.signer ?? signer
        if let statement { return statement }
        let read = Result { () throws(StrictMap.Problem) in
            let statement = try evidence.statement()
            claimedReference = statement.claimedReference
            predicateType = statement.predicateType
            return try statement.about(subject.digest)
        }
        statement = read
        return read
    }

    mutating func accept() { counts = true }

    /// Notes what an authority's trust policy made of it.
    mutating func note(_ checks: NotationChecks?, by authority: String) {
        guard var checks else { return }
        checks.authority = authority
        self.checks.append(checks)
    }

    /// The signer is known, and what was signed is not enough.
    mutating func object(_ reason: String) {
        if !objections.contains(reason) { objections.append(reason) }
    }

    /// The signature proves nobody.
    mutating func refuse(_ reason: String) {
        if !refusals.contains(reason) { refusals.append(reason) }
    }

    /// The signature is by none of these keys.
    mutating func disown(_ keys: [String]) {
        for key in keys where !strangers.contains(key) { strangers.append(key) }
    }

    /// Why the signature does not count; nil when it does.
    var refusal: String? {
        if counts { return nil }
        if !objections.isEmpty { return Self.joined(objections) }
        var reasons = refusals
        if !strangers.isEmpty {
            reasons.append("it was not made by any key of the policy (\(strangers.joined(separator: ", ")))")
        }
        return reasons.isEmpty ? "no authority of the policy takes signatures of this kind" : Self.joined(reasons)
    }

    private static func joined(_ reasons: [String]) -> String {
        let more = reasons.count > reasonLimit ? " and \(reasons.count - reasonLimit) more" : ""
        return reasons.prefix(reasonLimit).joined(separator: ", and ") + more
    }
}

/// What has been found for one rule so far.
struct RuleLedger {
    let rule: TrustRule
    private(set) var authorities: [AuthorityLedger]
    /// Which requirements do not hold whoever signed.
    private(set) var refusals: [RequirementRefusal]
    /// The signers that stand for the rule: the most authorities, each by a signer of its own.
    private(set) var vouching: SignerMatching

    init(_ rule: TrustRule, _ subject: TrustSubject, _ context: TrustContext) {
        self.rule = rule
        authorities = rule.authorities.map { AuthorityLedger($0, subject) }
        refusals = rule.requirements.refusals(of: subject, at: context)
        vouching = SignerMatching(authorities.map { _ in [] })
    }

    /// Whether enough authorities vouch, and the requirements hold.
    var isSatisfied: Bool { vouching.count >= rule.threshold && refusals.isEmpty }

    /// Whether the rule lets the artifact pass, though it did not verify it.
    var isWaived: Bool {
        rule.requirements.allowsUnenforced && !isSatisfied && refusals.isEmpty
            && vouching.count + waivers.count >= rule.threshold
    }

    /// Why authorities that do not vouch would let the artifact pass.
    var waivers: [String] {
        zip(authorities, vouching.chosen).compactMap { $1 == nil ? $0.waiver : nil }
    }

    func wants(_ place: SignaturePlace) -> Bool { authorities.contains { $0.wants(place) } }

    mutating func examine(manifest annotations: [String: String]?) {
        if let refusal = rule.requirements.refusal(manifest: annotations) { refusals.append(refusal) }
    }

    mutating func examine(_ examination: inout Examination, from place: SignaturePlace, at context: TrustContext) throws
    {
        for index in authorities.indices where authorities[index].wants(place) {
            let (name, method) = (authorities[index].authority.name, authorities[index].authority.method)
            let (proof, checks) = try method.prove(examination.evidence, at: context)
            examination.note(checks, by: name)
            switch proof {
            case .stranger: examination.disown(method.keyNames)
            case .waived(let reason):
                examination.refuse(reason)
                authorities[index].waive(reason)
            case .refused(let reason):
                examination.refuse(reason)
                authorities[index].refuse(reason)
            case .made(let signer):
                switch examination.read(signedBy: signer) {
                case .failure(let problem):
                    examination.object(problem.reason)
                    authorities[index].refuse(problem.reason)
                case .success(let statement):
                    let objection = authorities[index].hear(statement, by: signer, rule.requirements)
                    if let objection { examination.object(objection) } else { examination.accept() }
                }
            }
        }
        vouching = SignerMatching(authorities.map { $0.complete.map(\.identity) })
    }
}

/// What has been found for one authority so far.
struct AuthorityLedger {
    /// A signer, and what of the authority's demands it has met.
    struct Heard {
        let signer: TrustSigner
        var met: Set<Int>
    }

    let authority: TrustAuthority
    /// Whose statements count for it, each signer once.
    private(set) var heard: [Heard] = []
    /// Why the first signature that was its own, or might have been, does not count.
    private(set) var refusal: String?

    /// Why it would let the artifact pass without having verified it, where it would.
    private(set) var waiver: String?
    /// It looks at nothing of this subject: notation's level `skip`.
    let isSkipped: Bool

    init(_ authority: TrustAuthority, _ subject: TrustSubject) {
        self.authority = authority
        waiver = authority.method.waiver(of: subject)
        isSkipped = waiver != nil
    }

    func wants(_ place: SignaturePlace) -> Bool { !isSkipped && authority.places.contains(place) }

    /// Who has said all that the authority has to say.
    var complete: [TrustSigner] {
        heard.filter { $0.met.count == authority.demands.count }.map(\.signer)
    }

    /// What is missing of whoever has said something that counts.
    var missing: [AttestationRequirement]? {
        guard let best = heard.max(by: { $0.met.count < $1.met.count }) else { return nil }
        return authority.demands.enumerated().filter { !best.met.contains($0.offset) }.map(\.element)
    }

    /// Takes a statement about the artifact by a signer of this authority. Returns why it does not count; nil where it
    /// does.
    mutating func hear(_ statement: SignedStatement, by signer: TrustSigner, _ requirements: TrustRequirements)
        -> String?
    {
        let demands = authority.demands
        let concerned = demands.indices.filter { demands[$0].concerns(statement) }
        var objection: String?
        if concerned.isEmpty {
            objection = Self.mistaken(statement, demands)
        } else {
            objection = requirements.refusal(of: statement)
        }
        if objection == nil {
            let reasons = concerned.map { (index: $0, reason: demands[$0].refusal(of: statement)) }
            let met = reasons.filter { $0.reason == nil }.map(\.index)
            if met.isEmpty { objection = reasons.compactMap(\.reason).first } else { add(signer, met) }
        }
        if let objection { refuse(objection) }
        return objection
    }

    private mutating func add(_ signer: TrustSigner, _ met: [Int]) {
        if let index = heard.firstIndex(where: { $0.signer.identity == signer.identity }) {
            heard[index].met.formUnion(met)
        } else {
            heard.append(Heard(signer: signer, met: Set(met)))
        }
    }

    /// Why a statement is none that the authority has to make.
    private static func mistaken(_ statement: SignedStatement, _ demands: [AttestationRequirement]) -> String {
        let type = statement.predicateType.quotedForMessage
        if demands == [.plain] { return "it is an attestation of the type \(type), not a signature" }
        let asked = demands.map { $0.predicateType.quotedForMessage }.joined(separator: " and ")
        return "it is of the type \(type), and the policy asks for \(asked)"
    }

    mutating func refuse(_ reason: String) { refusal = refusal ?? reason }

    mutating func waive(_ reason: String) { waiver = waiver ?? reason }
}

internal import CoreModel
package import SignatureCrypto

/// The certificates that signatures may lead to, by the names that statements call them, and what is known about
/// revocation.
package struct NotationTrustStores: Hashable, Sendable {
    /// The most certificates, and the most revocation lists, in all stores together.
    package static let limit = 1024

    /// The certificates of each named store.
    package private(set) var named: [TrustStoreName: [Certificate]] = [:]
    /// Certificates that belong to every store that a statement names, as Flux has it.
    package private(set) var shared: [Certificate] = []
    /// Lists of what authorities have revoked, in no order.
    package private(set) var revocationLists: [CertificateRevocationList] = []

    package init() {}

    /// Everything in the stores of these names.
    package func certificates(in names: [TrustStoreName]) -> [Certificate] {
        names.isEmpty ? [] : names.flatMap { named[$0] ?? [] } + shared
    }

    /// Adds certificates to a store, or to every one.
    package mutating func add(_ certificates: [Certificate], to name: TrustStoreName?) {
        if let name {
            named[name, default: []] += certificates
        } else {
            shared += certificates
        }
    }

    package mutating func add(_ lists: [CertificateRevocationList]) { revocationLists += lists }

    var count: Int { shared.count + named.values.reduce(0) { $0 + $1.count } + revocationLists.count }

    /// What decides, one line each, whatever the order it was added in.
    /// - Throws: `CryptoError.engine`.
    func fingerprintLines() throws -> [String] {
        var lines = shared.map { "* \($0.fingerprint)" }
        for (name, certificates) in named { lines += certificates.map { "\(name) \($0.fingerprint)" } }
        lines += try revocationLists.map { "crl \(try Digest.of($0.tbsBytes).hex)" }
        return lines.sorted()
    }
}

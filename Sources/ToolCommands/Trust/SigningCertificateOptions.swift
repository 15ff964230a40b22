import ArgumentParser
import SignatureCrypto

/// The flags that say whose key a signature is made by.
struct SigningCertificateOptions: ParsableArguments {
    @Option(help: "A file with the certificate of --key in PEM form; authorities may follow in it.")
    var certificate: String?

    @Option(help: "A file with the certificates of the authorities, the signer's own issuer first, the root last.")
    var certificateChain: String?

    /// The signer's own first; empty where none is given.
    /// - Throws: `ToolError`.
    func certificates() throws -> [Certificate] {
        guard let certificate else {
            guard certificateChain == nil else {
                throw ToolError(
                    .usage,
                    "--certificate-chain needs the signer's own certificate; name it by --certificate"
                )
            }
            return []
        }
        let own = try CertificateFile.read(certificate)
        let chain = try certificateChain.map { try CertificateFile.read($0) } ?? []
        // Files with a whole chain begin with the certificate that is given by itself already.
        return own + chain.filter { !own.contains($0) }
    }
}

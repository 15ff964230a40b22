extension Certificate {
    /// The TBSCertificate without one extension, in DER: what a log signs when it promises to include the certificate
    /// that will carry the promise (RFC 6962 section 3.2).
    ///
    /// The certificate was read strictly, so that everything else keeps its only encoding.
    package func tbs(without identifier: String) -> [UInt8] {
        guard `extension`(identifier) != nil else { return tbsBytes }
        do {
            return try rebuilt(without: identifier)
        } catch {
            // Not reached: the same bytes were read before. An empty result matches no signature.
            return []
        }
    }

    private func rebuilt(without identifier: String) throws -> [UInt8] {
        var fields = try DERReader(whole: tbsBytes, subject: "the certificate")
        var content: [UInt8] = []
        while !fields.isAtEnd {
            let element = try fields.next()
            guard element.tag == .constructed(3) else {
                content += element.encoded
                continue
            }
            var wrapped = fields.reader(of: element)
            var items = try wrapped.descend(.sequence)
            var kept: [UInt8] = []
            while !items.isAtEnd {
                let item = try items.next(.sequence)
                var parts = items.reader(of: item)
                if try parts.objectIdentifier() != identifier { kept += item.encoded }
            }
            // An empty list is left out altogether, since Extensions hold at least one.
            if !kept.isEmpty {
                content += DEREncoding.element(.constructed(3), DEREncoding.element(.sequence, kept))
            }
        }
        return DEREncoding.element(.sequence, content)
    }
}

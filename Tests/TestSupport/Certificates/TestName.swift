/// A distinguished name, one attribute in each relative name.
package struct TestName: Sendable {
    /// Type in dotted form and value, in the order of the encoding.
    package var attributes: [(String, String)]

    package init(_ attributes: [(String, String)]) { self.attributes = attributes }

    /// `C=US, O=Sluice test, CN=…`: all that the chain rules of notation want.
    package init(common: String) {
        attributes = [("2.5.4.6", "US"), ("2.5.4.8", "WA"), ("2.5.4.10", "Sluice test"), ("2.5.4.3", common)]
    }

    package static let empty = TestName([])

    package var der: [UInt8] {
        DERWriter.sequence(
            of: attributes.map { identifier, value in
                let text = identifier == "2.5.4.6" ? DERWriter.printable(value) : DERWriter.utf8(value)
                return DERWriter.set(DERWriter.sequence(DERWriter.oid(identifier), text))
            }
        )
    }
}

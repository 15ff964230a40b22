package import SignatureCrypto

/// One extension to put into a certificate or a list, right or wrong.
package struct TestExtension: Sendable {
    package var identifier: String
    package var isCritical: Bool
    /// What goes into the OCTET STRING.
    package var value: [UInt8]

    package init(_ identifier: String, critical: Bool = false, _ value: [UInt8]) {
        self.identifier = identifier
        isCritical = critical
        self.value = value
    }

    package var der: [UInt8] {
        DERWriter.sequence(
            DERWriter.oid(identifier),
            isCritical ? DERWriter.boolean(true) : [],
            DERWriter.octets(value)
        )
    }

    package static func authority(pathLength: Int? = nil) -> TestExtension {
        let limit = pathLength.map(DERWriter.integer) ?? []
        return TestExtension("2.5.29.19", critical: true, DERWriter.sequence(DERWriter.boolean(true), limit))
    }

    package static let notAuthority = TestExtension("2.5.29.19", critical: true, DERWriter.sequence())

    package static func keyUsage(_ usage: KeyUsage) -> TestExtension {
        var first: UInt8 = 0
        for bit in 0..<8 where usage.rawValue & (1 << UInt16(bit)) != 0 { first |= 0x80 >> UInt8(bit) }
        return TestExtension(
            "2.5.29.15",
            critical: true,
            DERWriter.bits([first], unused: UInt8(first.trailingZeroBitCount & 7))
        )
    }

    package static func purposes(_ identifiers: [String], critical: Bool = false) -> TestExtension {
        TestExtension("2.5.29.37", critical: critical, DERWriter.sequence(of: identifiers.map(DERWriter.oid)))
    }

    /// Alternative names that are encoded already, as the statics of `TestGeneralName` give them.
    package static func names(_ names: [[UInt8]], critical: Bool = false) -> TestExtension {
        TestExtension("2.5.29.17", critical: critical, DERWriter.sequence(of: names))
    }

    package static func nameConstraints(permitted: [[UInt8]] = [], excluded: [[UInt8]] = []) -> TestExtension {
        func list(_ number: UInt8, _ bases: [[UInt8]]) -> [UInt8] {
            bases.isEmpty ? [] : DERWriter.explicit(number, bases.flatMap { DERWriter.sequence($0) })
        }
        let both = list(0, permitted) + list(1, excluded)
        return TestExtension("2.5.29.30", critical: true, DERWriter.tagged(0x30, both))
    }
}

/// The forms of GeneralName.
package enum TestGeneralName {
    package static func email(_ text: String) -> [UInt8] { DERWriter.implicit(1, Array(text.utf8)) }
    package static func dns(_ text: String) -> [UInt8] { DERWriter.implicit(2, Array(text.utf8)) }
    package static func uri(_ text: String) -> [UInt8] { DERWriter.implicit(6, Array(text.utf8)) }
    package static func ip(_ bytes: [UInt8]) -> [UInt8] { DERWriter.implicit(7, bytes) }
    package static func directory(_ name: TestName) -> [UInt8] { DERWriter.explicit(4, name.der) }
    /// `value` is the DER of the value.
    package static func other(_ identifier: String, _ value: [UInt8]) -> [UInt8] {
        DERWriter.explicit(0, DERWriter.oid(identifier) + DERWriter.explicit(0, value))
    }
}

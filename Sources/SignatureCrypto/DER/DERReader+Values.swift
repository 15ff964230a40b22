extension DERReader {
    /// The two's complement of an INTEGER in its shortest form.
    package mutating func integer(_ tag: DERTag = .integer) throws -> ArraySlice<UInt8> {
        let content = try next(tag).content
        guard let first = content.first else { throw problem("it has an INTEGER without content") }
        if content.count > 1 {
            let second = content[content.startIndex + 1]
            guard !(first == 0 && second < 0x80), !(first == 0xFF && second >= 0x80) else {
                throw problem("an INTEGER is not written in its shortest form")
            }
        }
        return content
    }

    /// An INTEGER that is not negative and fits.
    package mutating func count(_ tag: DERTag = .integer) throws -> Int {
        let content = try integer(tag)
        guard let first = content.first, first < 0x80, content.count <= 7 else {
            throw problem("it has a number that is negative or too large")
        }
        return content.reduce(0) { $0 << 8 | Int($1) }
    }

    /// TRUE or FALSE as DER writes them.
    package mutating func boolean() throws -> Bool {
        switch Array(try next(.boolean).content) {
        case [0xFF]: return true
        case [0]: return false
        default: throw problem("it has a BOOLEAN that is neither TRUE nor FALSE")
        }
    }

    /// A BOOLEAN of which FALSE is the default, and which DER leaves out then.
    package mutating func booleanOrFalse() throws -> Bool {
        guard nextTag == .boolean else { return false }
        guard try boolean() else { throw problem("it spells a default value out") }
        return true
    }

    /// An OBJECT IDENTIFIER in its dotted form.
    package mutating func objectIdentifier() throws -> String {
        let content = try next(.objectIdentifier).content
        guard let text = Self.dotted(content) else { throw problem("it has an OBJECT IDENTIFIER that is none") }
        return text
    }

    /// The bytes of an OCTET STRING.
    package mutating func octetString(_ tag: DERTag = .octetString) throws -> [UInt8] { Array(try next(tag).content) }

    /// The bytes of a BIT STRING that has whole bytes.
    package mutating func wholeBitString() throws -> [UInt8] {
        let content = try next(.bitString).content
        guard content.first == 0 else { throw problem("it has a BIT STRING that does not end at a whole byte") }
        return Array(content.dropFirst())
    }

    /// A BIT STRING of named bits, bit 0 first, as X.690 section 11.2.2 wants it: no zero bits at its end.
    package mutating func namedBits(_ tag: DERTag = .bitString) throws -> [Bool] {
        let content = try next(tag).content
        guard let unused = content.first, unused < 8, unused == 0 || content.count > 1 else {
            throw problem("it has a BIT STRING that is none")
        }
        let bytes = content.dropFirst()
        var bits: [Bool] = []
        for byte in bytes { for bit in 0..<8 { bits.append(byte & (0x80 >> bit) != 0) } }
        guard !bits.suffix(Int(unused)).contains(true) else { throw problem("it has set bits after a BIT STRING") }
        bits.removeLast(Int(unused))
        guard bits.last != false else { throw problem("it has a BIT STRING of flags that ends in zeros") }
        return bits
    }

    /// NULL, which is empty.
    package mutating func null() throws {
        guard try next(.null).content.isEmpty else { throw problem("it has a NULL with content") }
    }

    /// At most 20 arcs, each below 2^63.
    private static func dotted(_ content: ArraySlice<UInt8>) -> String? {
        guard let last = content.last, last < 0x80, content.count <= 64 else { return nil }
        var arcs: [Int] = []
        var arc = 0
        var isFirstByte = true
        for byte in content {
            if isFirstByte, byte == 0x80 { return nil }
            guard arc < 1 << 56 else { return nil }
            arc = arc << 7 | Int(byte & 0x7F)
            isFirstByte = byte < 0x80
            guard isFirstByte else { continue }
            if arcs.isEmpty {
                let root = min(arc / 40, 2)
                arcs += [root, arc - root * 40]
            } else {
                arcs.append(arc)
            }
            arc = 0
        }
        return arcs.map(String.init).joined(separator: ".")
    }
}

/// Reads DER (X.690 section 10) element by element and takes nothing else: lengths in their shortest form, definite
/// only, low tag numbers only, no bytes left over.
///
/// It pulls and never descends by itself, so that the depth is that of the grammar which is read and not of the input.
/// Every reader's work is linear in its bytes.
package struct DERReader: Sendable {
    /// The largest value read at all; a certificate has about 1 KiB, a revocation list may have many.
    package static let sizeLimit = 16 << 20

    private let bytes: ArraySlice<UInt8>
    private var position: Int
    /// What is being read, as the subject of reasons: `the certificate`.
    package let subject: String

    /// Reads the elements that lie in `bytes` one after the other.
    package init(_ bytes: ArraySlice<UInt8>, subject: String) {
        self.bytes = bytes
        self.subject = subject
        position = bytes.startIndex
    }

    /// Reads the content of the one element that `bytes` are.
    /// - Throws: `EvidenceProblem.malformed` for another tag, for bytes after it, and for more than `limit` bytes.
    package init(whole bytes: [UInt8], _ tag: DERTag = .sequence, limit: Int = sizeLimit, subject: String) throws {
        var outer = DERReader(bytes[...], subject: subject)
        guard bytes.count <= limit else { throw outer.problem("it has more than \(limit) bytes") }
        self = try outer.descend(tag)
        try outer.finish()
    }

    package var isAtEnd: Bool { position == bytes.endIndex }

    /// The tag of the next element, without taking it; nil at the end.
    package var nextTag: DERTag? { isAtEnd ? nil : DERTag(octet: bytes[position]) }

    /// The next element, whatever it is.
    /// - Throws: `EvidenceProblem.malformed` at the end and for anything that is not DER.
    package mutating func next() throws -> DERElement {
        let start = position
        guard let tag = nextTag else { throw problem("an element is missing at its end") }
        guard tag.octet & 0x1F != 0x1F else { throw problem("it has a tag of more than one byte") }
        position += 1
        let length = try takeLength()
        guard length <= bytes.endIndex - position else { throw problem("it is cut off") }
        let content = bytes[position..<(position + length)]
        position += length
        return DERElement(tag: tag, content: content, encoded: bytes[start..<position])
    }

    /// The next element, which has to have this tag.
    package mutating func next(_ tag: DERTag) throws -> DERElement {
        guard let found = nextTag else { throw problem("\(tag) is missing at its end") }
        guard found == tag else { throw problem("it has \(found) where \(tag) belongs") }
        return try next()
    }

    /// The next element if it has this tag.
    package mutating func next(ifPresent tag: DERTag) throws -> DERElement? { nextTag == tag ? try next() : nil }

    /// A reader of what is inside the next element, which has to have this tag.
    package mutating func descend(_ tag: DERTag) throws -> DERReader { reader(of: try next(tag)) }

    /// A reader of what is inside an element.
    package func reader(of element: DERElement) -> DERReader { DERReader(element.content, subject: subject) }

    /// - Throws: `EvidenceProblem.malformed` when something is left.
    package func finish() throws {
        guard isAtEnd else { throw problem("it has bytes after its end") }
    }

    /// A refusal of what is being read.
    package func problem(_ what: String) -> EvidenceProblem {
        EvidenceProblem(.malformed, "\(subject) is not strict DER of its kind: \(what)")
    }

    private mutating func takeLength() throws -> Int {
        guard position < bytes.endIndex else { throw problem("it is cut off") }
        let first = bytes[position]
        position += 1
        if first < 0x80 { return Int(first) }
        let count = Int(first & 0x7F)
        guard count > 0 else { throw problem("it has an indefinite length") }
        guard count <= 4 else { throw problem("it has a length of \(count) bytes") }
        guard count <= bytes.endIndex - position else { throw problem("it is cut off") }
        var length = 0
        for _ in 0..<count {
            length = length << 8 | Int(bytes[position])
            position += 1
        }
        guard length >= 0x80, count == 1 || length >> (8 * (count - 1)) != 0 else {
            throw problem("a length is not written in its shortest form")
        }
        return length
    }
}

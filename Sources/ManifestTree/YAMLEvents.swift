internal import CLibyaml

/// libyaml's event stream over a buffer. Owns the parser and the current event, and frees both.
///
/// A class of one owner: the C parser keeps the address of the bytes and must not move.
@safe
final class YAMLEvents {
    /// What an event is; libyaml's own names.
    enum Kind {
        case streamStart, streamEnd, documentStart, documentEnd
        case alias, scalar, sequenceStart, sequenceEnd, mappingStart, mappingEnd
    }

    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let event: UnsafeMutablePointer<yaml_event_t>
    private let input: UnsafeMutableBufferPointer<UInt8>

    /// Copies the bytes once, so that nothing outside can change or move them.
    init(_ bytes: [UInt8]) throws(YAMLProblem) {
        unsafe input = .allocate(capacity: max(bytes.count, 1))
        _ = unsafe input.initialize(fromContentsOf: bytes)
        unsafe parser = .allocate(capacity: 1)
        unsafe event = .allocate(capacity: 1)
        unsafe event.initialize(to: yaml_event_t())
        unsafe parser.initialize(to: yaml_parser_t())
        guard unsafe yaml_parser_initialize(parser) == 1 else {
            throw YAMLProblem(code: .limit, position: .init(line: 1, column: 1), problem: "there is no memory left")
        }
        unsafe yaml_parser_set_input_string(parser, input.baseAddress, bytes.count)
    }

    deinit {
        unsafe yaml_event_delete(event)
        unsafe yaml_parser_delete(parser)
        unsafe event.deallocate()
        unsafe parser.deallocate()
        unsafe input.deallocate()
    }

    /// Moves to the next event.
    func next() throws(YAMLProblem) -> Kind {
        unsafe yaml_event_delete(event)
        guard unsafe yaml_parser_parse(parser, event) == 1 else { throw failure() }
        switch unsafe event.pointee.type {
        case YAML_STREAM_START_EVENT: return .streamStart
        case YAML_DOCUMENT_START_EVENT: return .documentStart
        case YAML_DOCUMENT_END_EVENT: return .documentEnd
        case YAML_ALIAS_EVENT: return .alias
        case YAML_SCALAR_EVENT: return .scalar
        case YAML_SEQUENCE_START_EVENT: return .sequenceStart
        case YAML_SEQUENCE_END_EVENT: return .sequenceEnd
        case YAML_MAPPING_START_EVENT: return .mappingStart
        case YAML_MAPPING_END_EVENT: return .mappingEnd
        default: return .streamEnd
        }
    }

    /// Where the current event starts.
    var position: ManifestError.Position {
        let mark = unsafe event.pointee.start_mark
        return ManifestError.Position(line: Int(clamping: mark.line) + 1, column: Int(clamping: mark.column) + 1)
    }

    /// The line the current event starts at, from one.
    var line: Int { unsafe Int(clamping: event.pointee.start_mark.line) + 1 }

    // MARK: Scalars

    /// The bytes of the current scalar.
    private var value: UnsafeBufferPointer<UInt8> {
        let scalar = unsafe event.pointee.data.scalar
        return unsafe UnsafeBufferPointer(start: scalar.value, count: scalar.length)
    }

    /// The length of the current scalar in bytes.
    var length: Int { unsafe event.pointee.data.scalar.length }

    /// The first byte of the current scalar; zero when it is empty.
    var firstByte: UInt8 { unsafe value.first ?? 0 }

    /// The second byte of the current scalar; zero when there is none.
    var secondByte: UInt8 { unsafe value.count > 1 ? value[1] : 0 }

    /// The text of the current scalar.
    var text: String { unsafe String(decoding: value, as: UTF8.self) }

    /// Whether the current scalar has neither quotes nor block style.
    var isPlain: Bool { unsafe event.pointee.data.scalar.style == YAML_PLAIN_SCALAR_STYLE }

    /// Whether the current scalar is a block with `>`.
    var isFolded: Bool { unsafe event.pointee.data.scalar.style == YAML_FOLDED_SCALAR_STYLE }

    /// Whether the current event starts a collection in brackets or braces.
    var isFlowCollection: Bool {
        switch unsafe event.pointee.type {
        case YAML_MAPPING_START_EVENT: unsafe event.pointee.data.mapping_start.style == YAML_FLOW_MAPPING_STYLE
        default: unsafe event.pointee.data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE
        }
    }

    /// Whether the current scalar is a decimal integer without sign, leading zero or underscore that surely fits.
    var isShortInteger: Bool {
        let bytes = unsafe value
        guard bytes.count <= 18, let first = unsafe bytes.first, first != UInt8(ascii: "0") || bytes.count == 1 else {
            return false
        }
        return unsafe bytes.allSatisfy { $0 &- 0x30 < 10 }
    }

    /// The tag of the current scalar.
    var scalarTag: String? { unsafe string(event.pointee.data.scalar.tag) }
    var scalarAnchor: String? { unsafe string(event.pointee.data.scalar.anchor) }
    var sequenceAnchor: String? { unsafe string(event.pointee.data.sequence_start.anchor) }
    var mappingAnchor: String? { unsafe string(event.pointee.data.mapping_start.anchor) }
    var aliasName: String { unsafe string(event.pointee.data.alias.anchor) ?? "" }

    private func string(_ pointer: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        guard let pointer = unsafe pointer else { return nil }
        return unsafe String(decodingCString: pointer, as: UTF8.self)
    }

    // MARK: Errors

    private func failure() -> YAMLProblem {
        let error = unsafe parser.pointee.error
        guard error != YAML_MEMORY_ERROR, let text = unsafe parser.pointee.problem else {
            return YAMLProblem(code: .limit, position: .init(line: 1, column: 1), problem: "there is no memory left")
        }
        var problem = unsafe String(cString: text)
        if error == YAML_READER_ERROR {
            let offset = unsafe Int(clamping: parser.pointee.problem_offset)
            return YAMLProblem(code: .syntax, position: position(ofByte: offset), problem: problem)
        }
        if let context = unsafe parser.pointee.context {
            let line = unsafe parser.pointee.context_mark.line + 1
            problem += unsafe " \(String(cString: context)) that starts at line \(line)"
        }
        let mark = unsafe parser.pointee.problem_mark
        let position = ManifestError.Position(
            line: Int(clamping: mark.line) + 1,
            column: Int(clamping: mark.column) + 1
        )
        return YAMLProblem(code: .syntax, position: position, problem: problem)
    }

    private func position(ofByte offset: Int) -> ManifestError.Position {
        let before = unsafe input.prefix(offset)
        let lineStart = unsafe before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        let line = unsafe before.count { $0 == UInt8(ascii: "\n") } + 1
        return unsafe ManifestError.Position(line: line, column: before.count - lineStart + 1)
    }
}

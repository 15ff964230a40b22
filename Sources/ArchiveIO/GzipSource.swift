internal import CZlib
internal import SafeFiles

/// Unpacks gzip (RFC 1952) with all that it promises: every member's CRC and length are compared, a stream that ends
/// early is an error, and after the last member only zeros may follow, as tapes and block devices leave them.
@safe final class GzipSource: UnpackedSource {
    private static let pieceSize = 1 << 18
    /// The largest window, and a gzip header in front.
    private static let windowBits: Int32 = 15 + 16

    private let file: ReadableFile
    private let stream: UnsafeMutablePointer<z_stream>
    private let input: UnsafeMutableRawBufferPointer
    private var offset: Int64 = 0
    private var isBetweenMembers = false
    private var isPadding = false

    /// - Throws: `ArchiveError.engine`.
    init(_ file: ReadableFile) throws {
        self.file = file
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        unsafe input = .allocate(byteCount: Self.pieceSize, alignment: 16)
        guard unsafe sluice_inflate_init(stream, Self.windowBits) == Z_OK else {
            throw ArchiveError(.engine, "A gzip reader could not be made: out of memory")
        }
    }

    deinit {
        unsafe inflateEnd(stream)
        unsafe stream.deallocate()
        unsafe input.deallocate()
    }

    var packedCount: Int64 { offset - Int64(unsafe stream.pointee.avail_in) }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        unsafe stream.pointee.next_out = buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
        unsafe stream.pointee.avail_out = UInt32(clamping: buffer.count)
        while unsafe stream.pointee.avail_out > 0 {
            if unsafe stream.pointee.avail_in == 0, try !refill() {
                guard isBetweenMembers else { throw Self.damaged("the gzip stream is cut short") }
                break
            }
            if isBetweenMembers { try beginMember() } else { try inflateSome() }
        }
        return unsafe buffer.count - Int(stream.pointee.avail_out)
    }

    /// False at the end of the file.
    private func refill() throws -> Bool {
        let count = try unsafe file.read(into: input, at: offset)
        offset += Int64(count)
        unsafe stream.pointee.next_in = input.baseAddress?.assumingMemoryBound(to: UInt8.self)
        unsafe stream.pointee.avail_in = UInt32(clamping: count)
        return count > 0
    }

    /// What follows a member is the next one, or padding to the end of the file.
    private func beginMember() throws {
        while unsafe stream.pointee.avail_in > 0, unsafe stream.pointee.next_in.pointee == 0 {
            isPadding = true
            unsafe stream.pointee.next_in += 1
            unsafe stream.pointee.avail_in -= 1
        }
        guard unsafe stream.pointee.avail_in > 0 else { return }
        guard !isPadding, unsafe stream.pointee.next_in.pointee == 0x1F else {
            throw Self.damaged("other bytes follow the gzip stream")
        }
        unsafe inflateReset(stream)
        isBetweenMembers = false
    }

    private func inflateSome() throws {
        switch unsafe inflate(stream, Z_NO_FLUSH) {
        case Z_OK: break
        case Z_STREAM_END: isBetweenMembers = true
        case Z_BUF_ERROR where unsafe stream.pointee.avail_in == 0: break
        case Z_MEM_ERROR: throw ArchiveError(.engine, "A gzip stream could not be unpacked: out of memory")
        default:
            let reason = unsafe stream.pointee.msg.map { unsafe String(cString: $0) } ?? "it needs a dictionary"
            throw Self.damaged("the gzip stream is wrong (\(reason))")
        }
    }

    private static func damaged(_ reason: String) -> ArchiveError {
        ArchiveError(.damaged, "The archive is damaged or cut short: \(reason)")
    }
}

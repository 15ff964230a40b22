import CLibcurl

/// The C functions that libcurl calls, each with the live transfer as its context. They run on the driver thread, while
/// the driver's table holds that transfer.
enum EasyCallbacks {
    static let header: curl_write_callback = { bytes, size, count, context in
        guard let bytes = unsafe bytes, let live = unsafe transfer(context) else { return 0 }
        unsafe live.receiveHeader(UnsafeRawBufferPointer(start: bytes, count: size * count))
        return size * count
    }

    static let write: curl_write_callback = { bytes, size, count, context in
        guard let bytes = unsafe bytes, let live = unsafe transfer(context) else { return 0 }
        let isTaken = unsafe live.receive(UnsafeRawBufferPointer(start: bytes, count: size * count))
        return isTaken ? size * count : sluice_writefunc_pause
    }

    static let read: curl_write_callback = { buffer, size, count, context in
        guard let buffer = unsafe buffer, let live = unsafe transfer(context) else { return sluice_readfunc_abort }
        switch unsafe live.send(into: UnsafeMutableRawBufferPointer(start: buffer, count: size * count)) {
        case .copied(let copied): return copied
        case .end: return 0
        case .wait: return sluice_readfunc_pause
        }
    }

    static let seek: curl_seek_callback = { context, offset, origin in
        guard offset == 0, origin == 0, let live = unsafe transfer(context) else { return CURL_SEEKFUNC_FAIL }
        return live.rewind() ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_FAIL
    }

    static let requestBegins: curl_prereq_callback = { context, _, _, _, _ in
        unsafe transfer(context)?.requestBegins()
        return CURL_PREREQFUNC_OK
    }

    private static func transfer(_ context: UnsafeMutableRawPointer?) -> LiveTransfer? {
        unsafe context.map { unsafe Unmanaged<LiveTransfer>.fromOpaque($0).takeUnretainedValue() }
    }
}

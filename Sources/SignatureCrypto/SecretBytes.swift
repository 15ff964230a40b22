internal import COpenSSL

/// Bytes that are wiped when the last reference to them goes: passwords, derived keys, decrypted private keys. No
/// description, dump or interpolation shows them.
///
/// `@unchecked Sendable`: the memory is written in `init` and in `deinit` only.
@safe package final class SecretBytes: @unchecked Sendable, CustomStringConvertible, CustomReflectable {
    private let memory: UnsafeMutableRawBufferPointer

    /// Lets `fill` write all of `count` bytes, which are zero before.
    package init(count: Int, fill: (UnsafeMutableRawBufferPointer) throws -> Void) rethrows {
        unsafe memory = .allocate(byteCount: max(count, 0), alignment: 16)
        unsafe memory.initializeMemory(as: UInt8.self, repeating: 0)
        try unsafe fill(memory)
    }

    /// Takes the bytes over and wipes them where they came from.
    package convenience init(taking bytes: inout [UInt8]) {
        unsafe self.init(count: bytes.count) { target in
            unsafe bytes.withUnsafeBytes { unsafe target.copyMemory(from: $0) }
        }
        unsafe bytes.withUnsafeMutableBytes { unsafe OPENSSL_cleanse($0.baseAddress, $0.count) }
        bytes = []
    }

    /// The UTF-8 form of text, which itself cannot be wiped.
    package convenience init(_ text: String) {
        var bytes = Array(text.utf8)
        self.init(taking: &bytes)
    }

    deinit {
        unsafe OPENSSL_cleanse(memory.baseAddress, memory.count)
        unsafe memory.deallocate()
    }

    package var count: Int { unsafe memory.count }
    package var description: String { "<redacted>" }
    package var customMirror: Mirror { Mirror(self, children: [:]) }

    /// The bytes for the time of the call; they must not be copied to where nobody wipes them.
    package func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try unsafe body(UnsafeRawBufferPointer(memory))
    }
}

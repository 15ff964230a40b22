internal import COpenSSL

/// NaCl's `secretbox`, which cosign keeps private keys in: XSalsa20 with Poly1305, the tag before the content.
package struct SecretBox: Sendable {
    package static let keyLength = 32
    package static let nonceLength = 24
    private static let tagLength = 16
    /// What the key stream's first block gives to Poly1305.
    private static let macKeyLength = 32

    private let nonce: [UInt8]
    private let tag: [UInt8]
    private let content: [UInt8]

    /// - Throws: `CryptoError.invalidKey` for a nonce of another length than 24 or a box shorter than its tag.
    package init(nonce: [UInt8], box: [UInt8]) throws {
        guard nonce.count == Self.nonceLength else {
            throw CryptoError(
                .invalidKey,
                "The sealed box has a nonce of \(nonce.count) bytes, not \(Self.nonceLength); seal it again"
            )
        }
        guard box.count > Self.tagLength else {
            throw CryptoError(.invalidKey, "The sealed box is cut off: it has \(box.count) bytes; seal it again")
        }
        self.nonce = nonce
        tag = Array(box.prefix(Self.tagLength))
        content = Array(box.dropFirst(Self.tagLength))
    }

    /// What is in the box; nil when the key is not the one that sealed it, or a byte was changed. Nothing is decrypted
    /// before the tag is right.
    /// - Throws: `CryptoError.engine` when OpenSSL fails.
    package func open(key: SecretBytes) throws -> SecretBytes? {
        guard key.count == Self.keyLength else { return nil }
        let stream = keyStream(key)
        return try unsafe stream.withBytes { stream in
            let expected = try unsafe Self.poly1305(content, key: stream.prefix(Self.macKeyLength))
            guard MessageAuthentication.areEqual(expected, tag) else { return nil }
            return unsafe SecretBytes(count: content.count) { target in
                for index in content.indices {
                    unsafe target[index] = unsafe content[index] ^ stream[Self.macKeyLength + index]
                }
            }
        }
    }

    /// Whole blocks, enough for the key of Poly1305 and the content.
    private func keyStream(_ key: SecretBytes) -> SecretBytes {
        let (prefix, suffix): (SalsaBlock.Input, SIMD2<UInt32>) = unsafe nonce.withUnsafeBytes { nonce in
            unsafe (SalsaBlock.words(nonce), SalsaBlock.words(nonce, at: 16))
        }
        let key: SalsaBlock.Key = unsafe key.withBytes { unsafe SalsaBlock.words($0) }
        let subkey = SalsaBlock.hsalsa20(SalsaBlock.state(key: key, input: prefix))
        let blocks = (Self.macKeyLength + content.count + 63) / 64
        return unsafe SecretBytes(count: blocks * 64) { target in
            for block in 0..<blocks {
                let counter = SIMD2(UInt32(truncatingIfNeeded: block), UInt32(truncatingIfNeeded: block >> 32))
                let input = SalsaBlock.Input(lowHalf: suffix, highHalf: counter)
                let words = SalsaBlock.salsa20(SalsaBlock.state(key: subkey, input: input))
                for index in 0..<16 {
                    unsafe target.storeBytes(
                        of: words[index].littleEndian,
                        toByteOffset: block * 64 + index * 4,
                        as: UInt32.self
                    )
                }
            }
        }
    }

    private static func poly1305(_ message: [UInt8], key: Slice<UnsafeRawBufferPointer>) throws -> [UInt8] {
        guard let algorithm = unsafe EVP_MAC_fetch(nil, "POLY1305", nil),
            let context = unsafe EVP_MAC_CTX_new(algorithm)
        else { throw CryptoError.engine("A sealed box cannot be checked") }
        defer {
            unsafe EVP_MAC_CTX_free(context)
            unsafe EVP_MAC_free(algorithm)
        }
        let key = unsafe UnsafeRawBufferPointer(rebasing: key)
        let start = unsafe key.baseAddress?.assumingMemoryBound(to: UInt8.self)
        var tag = [UInt8](repeating: 0, count: tagLength)
        var count = 0
        guard unsafe EVP_MAC_init(context, start, key.count, nil) == 1,
            unsafe EVP_MAC_update(context, message, message.count) == 1,
            unsafe EVP_MAC_final(context, &tag, &count, tag.count) == 1, count == tagLength
        else { throw CryptoError.engine("A sealed box cannot be checked") }
        return tag
    }
}

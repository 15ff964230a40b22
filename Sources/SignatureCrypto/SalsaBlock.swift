/// The functions of the Salsa20 family that XSalsa20 is made of (Bernstein, "Extending the Salsa20 nonce"), which
/// OpenSSL does not have. They take no branch and no table by what is secret.
enum SalsaBlock {
    // Values of fixed size, so that no copy of a key is left on the heap.
    typealias Words = SIMD16<UInt32>
    typealias Key = SIMD8<UInt32>
    typealias Input = SIMD4<UInt32>

    /// "expand 32-byte k"
    private static let constants: [UInt32] = [0x6170_7865, 0x3320_646E, 0x7962_2D32, 0x6B20_6574]
    /// Where the constants, the key and the sixteen bytes of input stand.
    private static let constantPositions = [0, 5, 10, 15]
    private static let keyPositions = [1, 2, 3, 4, 11, 12, 13, 14]
    private static let inputPositions = [6, 7, 8, 9]

    /// The words that each quarter-round works on: columns, then rows.
    private static let quarters = [
        (0, 4, 8, 12), (5, 9, 13, 1), (10, 14, 2, 6), (15, 3, 7, 11),
        (0, 1, 2, 3), (5, 6, 7, 4), (10, 11, 8, 9), (15, 12, 13, 14),
    ]

    static func state(key: Key, input: Input) -> Words {
        var state = Words()
        for (position, word) in zip(constantPositions, constants) { state[position] = word }
        for (index, position) in keyPositions.enumerated() { state[position] = key[index] }
        for (index, position) in inputPositions.enumerated() { state[position] = input[index] }
        return state
    }

    /// One block of key stream.
    static func salsa20(_ state: Words) -> Words { rounds(state) &+ state }

    /// The key that HSalsa20 derives: the words where constants and input stood.
    static func hsalsa20(_ state: Words) -> Key {
        let mixed = rounds(state)
        var key = Key()
        for (index, position) in (constantPositions + inputPositions).enumerated() { key[index] = mixed[position] }
        return key
    }

    private static func rounds(_ state: Words) -> Words {
        var state = state
        for _ in 0..<10 {
            for (a, b, c, d) in quarters {
                state[b] ^= rotated(state[a] &+ state[d], by: 7)
                state[c] ^= rotated(state[b] &+ state[a], by: 9)
                state[d] ^= rotated(state[c] &+ state[b], by: 13)
                state[a] ^= rotated(state[d] &+ state[c], by: 18)
            }
        }
        return state
    }

    private static func rotated(_ word: UInt32, by bits: UInt32) -> UInt32 { word << bits | word >> (32 - bits) }

    /// Little-endian words from bytes, from an offset on.
    static func words<Result: SIMD>(_ bytes: UnsafeRawBufferPointer, at offset: Int = 0) -> Result
    where Result.Scalar == UInt32 {
        var words = Result()
        for index in words.indices {
            let word = unsafe bytes.loadUnaligned(fromByteOffset: offset + index * 4, as: UInt32.self)
            words[index] = UInt32(littleEndian: word)
        }
        return words
    }
}

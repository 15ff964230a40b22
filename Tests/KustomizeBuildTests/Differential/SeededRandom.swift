/// A small seeded generator, so that whatever it made can be made again.
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }

    mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }

    /// One of the choices; there has to be one.
    mutating func pick<Value>(_ choices: [Value]) -> Value { choices[Int.random(in: choices.indices, using: &self)] }

    /// Some of the choices, in their order.
    mutating func some<Value>(_ choices: [Value], _ percent: Int) -> [Value] {
        choices.filter { _ in chance(percent) }
    }

    /// Text by chance, otherwise none.
    mutating func maybe(_ percent: Int, _ text: (inout SeededRandom) -> String) -> String? {
        chance(percent) ? text(&self) : nil
    }
}

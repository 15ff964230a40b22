/// What a build did and how long each part took.
package struct BuildStatistics: Sendable {
    package enum Phase: String, CaseIterable, Sendable {
        /// Files read and parsed.
        case read
        /// Objects gathered, generated and transformed.
        case accumulate
        /// Names with hashes, references to names, vars.
        case resolve
        /// Objects put in order and finished.
        case order
    }

    package private(set) var times: [Phase: Duration] = [:]
    package internal(set) var files = 0
    package internal(set) var bytes = 0
    package internal(set) var kustomizations = 0
    package internal(set) var objects = 0

    mutating func add(_ time: Duration, to phase: Phase) { times[phase, default: .zero] += time }

    /// Takes time that was counted in one phase out of another.
    mutating func subtract(_ time: Duration, from phase: Phase) { times[phase, default: .zero] -= time }
}

/// Measures phases, where somebody gives it the time; otherwise it costs nothing.
struct PhaseWatch: Sendable {
    /// Time since any fixed point.
    let now: (@Sendable () -> Duration)?

    /// Runs a phase and adds its time.
    func measure<Value>(
        _ phase: BuildStatistics.Phase,
        _ statistics: inout BuildStatistics,
        _ body: () throws -> Value
    ) rethrows -> Value {
        guard let now else { return try body() }
        let start = now()
        defer { statistics.add(now() - start, to: phase) }
        return try body()
    }
}

/// What the parts of the driver thread share within one round of its loop. Used by that thread only.
final class DriverRound {
    /// The time, read once a round.
    var now = ContinuousClock.now
    /// No deadline is before this; deadlines are looked at again only then.
    private(set) var nextDeadline: ContinuousClock.Instant?
    private var moved: [UInt64: Transfer] = [:]

    /// The tasks of this transfer have something to look at; they hear of it at the end of the round, once for
    /// everything that happened.
    func noteMove(of transfer: Transfer) { moved[transfer.number] = transfer }

    /// A transfer's deadline came to be, or came nearer. One that moves away need not be told.
    func expect(_ deadline: ContinuousClock.Instant?) {
        guard let deadline else { return }
        nextDeadline = nextDeadline.map { min($0, deadline) } ?? deadline
    }

    /// Whether deadlines have to be looked at now; those that remain are then to be expected anew.
    func takeDueDeadline() -> Bool {
        guard let nextDeadline, nextDeadline <= now else { return false }
        self.nextDeadline = nil
        return true
    }

    func wakeMoved() {
        for transfer in moved.values { transfer.wake() }
        moved.removeAll(keepingCapacity: true)
    }
}

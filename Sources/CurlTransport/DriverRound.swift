/// What the parts of the driver thread share within one round of its loop. Used by that thread only.
final class DriverRound {
    /// The time, read once a round.
    var now = ContinuousClock.now
    private var moved: [UInt64: Transfer] = [:]

    /// The tasks of this transfer have something to look at; they hear of it at the end of the round, once for
    /// everything that happened.
    func noteMove(of transfer: Transfer) { moved[transfer.number] = transfer }

    func wakeMoved() {
        for transfer in moved.values { transfer.wake() }
        moved.removeAll(keepingCapacity: true)
    }
}

import HTTPExchange

/// Carries a streamed request body from its producer to the driver, no faster than the network takes it.
struct UploadPump: Sendable {
    let transfer: Transfer
    let mailbox: Mailbox

    /// Returns at the end of the body or of the exchange. A failure of the producer becomes that of the exchange.
    func run(_ open: @Sendable () async throws -> @Sendable () async throws -> [UInt8]?) async {
        do {
            let next = try await open()
            while await hasRoom(), let piece = try await next() {
                resume(if: try transfer.withState { try $0.upload?.offer(piece) ?? false })
            }
            if isOver { return }
            resume(if: try transfer.withState { try $0.upload?.finish() ?? false })
        } catch {
            // The exchange may be over because of an answer that did not wait for the body: that answer counts.
            transfer.withState { $0.response.end(error) }
            transfer.wake()
        }
    }

    private var isOver: Bool { transfer.withState { $0.response.hasEnded } }

    /// Waits until more may be brought; false when nobody wants it any more.
    private func hasRoom() async -> Bool {
        await transfer.wait { $0.response.hasEnded || $0.upload?.hasRoom ?? false }
        return !isOver
    }

    private func resume(if isPaused: Bool) {
        if isPaused { _ = mailbox.post(.resumeSending(transfer.number)) }
    }
}

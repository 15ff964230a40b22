internal import Synchronization

/// The key that was found to have made a certificate's signature. Copies of the certificate share it: neither its bytes
/// nor the key ever change, and only what OpenSSL has confirmed is kept.
final class KnownSigner: Sendable {
    private let fingerprint = Mutex<String?>(nil)

    func isKnown(_ key: PublicKey) -> Bool { fingerprint.withLock { $0 == key.fingerprint } }

    func remember(_ key: PublicKey) { fingerprint.withLock { $0 = key.fingerprint } }
}

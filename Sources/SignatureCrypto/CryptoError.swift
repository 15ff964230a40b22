internal import COpenSSL
package import CoreModel

/// Why a key, a signature or a digest could not be dealt with at all. A signature that does not verify is not an error.
package struct CryptoError: ModuleError {
    package enum Code: String, Hashable, Sendable {
        /// OpenSSL failed where it should not.
        case engine
        /// The key cannot be read or is of a kind that is not accepted.
        case invalidKey
    }

    package let code: Code
    package let message: String
    package var cause: (any Error)? { nil }
    package var kind: FailureKind { code == .engine ? .transient : .terminal }

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// An engine failure, with everything that OpenSSL queued about it on this thread.
    package static func engine(_ message: String) -> CryptoError {
        var reasons: [String] = []
        while true {
            let number = ERR_get_error()
            guard number != 0 else { break }
            var text = [CChar](repeating: 0, count: 256)
            unsafe ERR_error_string_n(number, &text, text.count)
            reasons.append(String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self))
        }
        return CryptoError(.engine, reasons.isEmpty ? message : "\(message) (\(reasons.joined(separator: "; ")))")
    }
}

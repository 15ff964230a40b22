package import CoreModel

/// Why a server does not run.
package struct ServerError: ModuleError {
    package enum Code: String, Hashable, Sendable {
        case invalidAddress
        /// The address is taken or not ours.
        case cannotListen
        /// The server ended before it listened.
        case stopped
        /// A file lost bytes while it was sent.
        case truncated
    }

    package let code: Code
    package let message: String
    package let cause: (any Error)?

    package var kind: FailureKind {
        switch code {
        case .invalidAddress: .terminal
        case .cannotListen, .truncated: .transient
        case .stopped: .cancelled
        }
    }

    static func invalidAddress(_ text: String) -> ServerError {
        let advice = "write host:port, or :port for all interfaces"
        return ServerError(
            code: .invalidAddress,
            message: "The address \"\(text)\" cannot be read; \(advice)",
            cause: nil
        )
    }

    static func cannotListen(_ name: String, _ address: ListenAddress, _ cause: any Error) -> ServerError {
        let message = "The \(name) server cannot listen on \(address); free the port or choose another address"
        return ServerError(code: .cannotListen, message: message, cause: cause)
    }

    static func stopped(_ name: String) -> ServerError {
        ServerError(code: .stopped, message: "The \(name) server ended before it listened", cause: nil)
    }

    static func truncated(_ path: String) -> ServerError {
        ServerError(
            code: .truncated,
            message: "\(path) became shorter while it was sent; it will be rebuilt",
            cause: nil
        )
    }
}

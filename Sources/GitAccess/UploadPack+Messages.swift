internal import CoreModel
internal import HTTPExchange

extension UploadPack {
    /// Reads what the server tells of itself in either version.
    static func read(_ lines: PacketLineStream, _ blank: Service) async throws -> Service {
        var service = blank
        var line = try await lines.next()
        if line?.text?.hasPrefix("# service=") == true {
            _ = try await lines.next()
            line = try await lines.next()
        }
        guard line?.text == "version 2" else { return try await readOld(line, lines, service) }
        var capabilities: [String: String] = [:]
        while let text = try await lines.next()?.text {
            let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
            capabilities[parts.first ?? ""] = parts.count > 1 ? parts[1] : ""
        }
        if let format = capabilities["object-format"], format != "sha1" { throw unknownFormat(format) }
        service.capabilities = capabilities
        return service
    }

    private static func readOld(
        _ first: PacketLine?,
        _ lines: PacketLineStream,
        _ blank: Service
    ) async throws -> Service {
        var (service, line) = (blank, first)
        while case .data(let bytes)? = line {
            let parts = bytes.split(separator: 0, maxSplits: 1)
            if let text = parts.first, let reference = reference(Array(text)) { service.references.append(reference) }
            if parts.count > 1 {
                let words = String(decoding: parts[1], as: UTF8.self).split { $0 == " " || $0 == "\n" }
                service.features.formUnion(words.map(String.init))
            }
            line = try await lines.next()
        }
        if let format = service.features.first(where: { $0.hasPrefix("object-format=") && $0 != "object-format=sha1" })
        {
            throw unknownFormat(format)
        }
        return service
    }

    /// `<object> <name>`, and attributes after another space.
    static func reference(_ line: [UInt8]) -> (name: String, object: String)? {
        let words = String(decoding: line, as: UTF8.self).split { $0 == " " || $0 == "\n" }
        guard words.count > 1, isObjectName(String(words[0])) else { return nil }
        return (String(words[1]), String(words[0]))
    }

    /// A SHA-1 name in full.
    static func isObjectName(_ text: String) -> Bool { Hex.decode(text)?.count == 20 }

    static func query(_ object: String, _ service: Service) -> [UInt8] {
        var body = PacketLine.encode("command=fetch") + PacketLine.delimiterBytes
        for line in ["no-progress", "ofs-delta", "want \(object)"] { body += PacketLine.encode(line) }
        if service.capabilities?["fetch"]?.split(separator: " ").contains("shallow") == true {
            body += PacketLine.encode("deepen 1")
        }
        return body + PacketLine.encode("done") + PacketLine.flushBytes
    }

    static func oldQuery(_ object: String, _ service: Service) -> [UInt8] {
        let wished = ["side-band-64k", "ofs-delta", "no-progress", "shallow"]
        let features = wished.filter(service.features.contains).joined(separator: " ")
        var body = PacketLine.encode("want \(object) \(features)")
        if service.features.contains("shallow") { body += PacketLine.encode("deepen 1") }
        return body + PacketLine.flushBytes + PacketLine.encode("done")
    }

    static func appending(_ part: String, to url: HTTPURL) -> HTTPURL {
        var result = url
        while result.path.hasSuffix("/") { result.path.removeLast() }
        result.path += part
        result.query = nil
        return result
    }

    private static func unknownFormat(_ format: String) -> GitError {
        GitError(.protocolBroken, "The git repository names objects by another hash (\(format)), which is not read yet")
    }
}

/// The lines of a response, one after another, for one reader.
final class PacketLineStream {
    private let body: HTTPResponseBody
    private var parser = PacketLineParser()

    init(_ body: HTTPResponseBody) { self.body = body }

    /// Nil at the end.
    /// - Throws: `GitError.protocolBroken` where the end is within a line, and for an error that the server reports.
    func next() async throws -> PacketLine? {
        while true {
            if let line = try parser.next() {
                if let text = line.text, text.hasPrefix("ERR ") {
                    throw GitError(
                        .refused,
                        "The git server refuses: \(text.dropFirst(4).prefix(300).debugDescription)"
                    )
                }
                return line
            }
            guard let piece = try await body.next() else {
                guard parser.pending == 0 else {
                    throw GitError(.protocolBroken, "The git server's answer ends in the middle", kind: .transient)
                }
                return nil
            }
            parser.append(piece)
        }
    }
}

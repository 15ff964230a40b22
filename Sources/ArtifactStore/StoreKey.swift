internal import CoreModel
internal import SafeFiles

/// The key of one storage folder: what is said elsewhere of its content can be sealed with it, so that nobody else can
/// have said it. It lasts as long as the folder, and what it sealed is about nothing any more without it.
enum StoreKey {
    private static let name = ".key"
    private static let length = 32

    /// Reads the folder's key, and makes one where there is none, or none of the right length.
    static func open(in root: Directory) throws -> [UInt8] {
        if try root.status(name) != nil {
            let key = try root.read(name, limit: 1 << 10)
            if key.count == length { return key }
        }
        // The system's generator, which the kernel seeds.
        var generator = SystemRandomNumberGenerator()
        let key = (0..<length).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        try root.writeAtomically(name, key, mode: 0o600)
        return key
    }
}

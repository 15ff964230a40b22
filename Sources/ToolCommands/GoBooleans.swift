/// Flags with a value, as Go's command lines have them and scripts for flux, kubectl and kustomize write them:
/// `--insecure-registry=true`, `--enable-helm=false`.
package enum GoBooleans {
    /// The flags of all commands but those that have a `no-` of their own; no option has the name of one of them.
    static let flags: Set<String> = [
        "all", "all-layers", "all-namespaces", "all-tags", "as-current-user", "copy", "debug", "dry-run",
        "dst-insecure", "enable-alpha-plugins", "enable-exec", "enable-helm", "enable-managedby-label",
        "enable-remote", "helm-debug", "insecure-ignore-tlog", "insecure-registry", "network", "no-header", "offline",
        "recursive", "reproducible", "resolve-symlinks", "src-insecure", "stack-trace", "stats", "strict-substitute",
        "use-signed-timestamps", "with-source",
    ]

    /// The value of a word that Go's `strconv.ParseBool` takes.
    package static func value(of word: some StringProtocol) -> Bool? {
        switch word {
        case "1", "t", "T", "true", "TRUE", "True": true
        case "0", "f", "F", "false", "FALSE", "False": false
        default: nil
        }
    }

    /// The arguments as ArgumentParser reads them: a flag that is true stands alone, and one that is false nowhere. As
    /// in Go, the last word counts.
    static func plain(_ arguments: [String]) -> [String] {
        let end = arguments.firstIndex(of: "--") ?? arguments.endIndex
        var plain: [String] = []
        for argument in arguments[..<end] {
            guard let (flag, isOn) = flag(in: argument) else {
                plain.append(argument)
                continue
            }
            if isOn { plain.append(flag) } else { plain.removeAll { $0 == flag } }
        }
        return plain + arguments[end...]
    }

    /// Nil for what is no flag with a value.
    private static func flag(in argument: String) -> (String, isOn: Bool)? {
        guard argument.hasPrefix("--"), let equals = argument.firstIndex(of: "=") else { return nil }
        let flag = String(argument[..<equals])
        guard flags.contains(String(flag.dropFirst(2))) else { return nil }
        return value(of: argument[argument.index(after: equals)...]).map { (flag, $0) }
    }
}

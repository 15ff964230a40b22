extension Platform {
    /// What a platform means where nobody names one: Flux's choice, and that of the tools before it.
    package static let standard = Platform(os: "linux", architecture: "amd64")

    /// Reads `os/architecture[/variant]`, such as `linux/arm64` or `linux/arm/v7`; nil for anything else.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        let isWritten = parts.allSatisfy { part in
            !part.isEmpty && part.utf8.count <= 64 && part.utf8.allSatisfy(Self.isNameCharacter)
        }
        guard (2...3).contains(parts.count), isWritten else { return nil }
        self.init(os: parts[0], architecture: parts[1], variant: parts.count == 3 ? parts[2] : nil)
    }

    private static func isNameCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"): true
        default: false
        }
    }

    /// One spelling for each platform, as containerd has it: common names of architectures, and the variant that goes
    /// without saying (`arm64` is `arm64/v8`, `arm` is `arm/v7`, `amd64/v1` is `amd64`).
    var normalized: Platform {
        var platform = Platform(os: os.lowercased(), architecture: architecture.lowercased(), variant: nil)
        let variant = self.variant?.lowercased() ?? ""
        if platform.os == "macos" { platform.os = "darwin" }
        switch platform.architecture {
        case "aarch64", "arm64":
            (platform.architecture, platform.variant) = ("arm64", Self.numbered(variant) ?? "v8")
        case "armhf": (platform.architecture, platform.variant) = ("arm", "v7")
        case "armel": (platform.architecture, platform.variant) = ("arm", "v6")
        case "arm": platform.variant = Self.numbered(variant) ?? "v7"
        case "x86_64", "x86-64", "amd64":
            (platform.architecture, platform.variant) = ("amd64", variant == "v1" ? nil : Self.numbered(variant))
        case "i386": platform.architecture = "386"
        default: platform.variant = variant.isEmpty ? nil : variant
        }
        return platform
    }

    /// `8` and `v8` are one.
    private static func numbered(_ variant: String) -> String? {
        guard let first = variant.first else { return nil }
        return first.isNumber ? "v\(variant)" : variant
    }

    /// How well what is offered suits what is asked for: 0 for the very platform, more for older variants of it that
    /// it runs as well, nil for another platform.
    func distance(to offered: Platform) -> Int? {
        let (wanted, offered) = (normalized, offered.normalized)
        guard wanted.os == offered.os, wanted.architecture == offered.architecture else { return nil }
        if wanted.variant == offered.variant { return 0 }
        guard let newest = Self.level(wanted), let level = Self.level(offered), level < newest else { return nil }
        return newest - level
    }

    /// The variants of these architectures are steps, each of which runs what was made for those below. A variant of
    /// `arm64` is not one of them: `v9` is a new name for much the same.
    private static func level(_ platform: Platform) -> Int? {
        switch platform.architecture {
        case "arm": return ["v5": 5, "v6": 6, "v7": 7, "v8": 8][platform.variant ?? "v7"]
        case "amd64": return ["v1": 1, "v2": 2, "v3": 3, "v4": 4][platform.variant ?? "v1"]
        default: return nil
        }
    }
}

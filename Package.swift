// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "sluice",
    products: [
        .executable(name: "sluice", targets: ["sluice"])
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", exact: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-system", exact: "1.8.1"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", exact: "1.0.2"),
    ],
    targets: [
        // L0: C libraries, one line each. Every one of them is imported by exactly one target above it.
        .systemLibrary(name: "CLibcurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CLibarchive", pkgConfig: "libarchive", providers: [.apt(["libarchive-dev"])]),
        .systemLibrary(name: "CIgzip", pkgConfig: "libisal", providers: [.apt(["libisal-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CLibyaml", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .systemLibrary(name: "CLibgit2", pkgConfig: "libgit2", providers: [.apt(["libgit2-dev"])]),

        // L1: one idea each, no knowledge of Kubernetes or OCI.
        .target(name: "CoreModel"),
        .target(
            name: "SafeFiles",
            dependencies: ["CoreModel", .product(name: "SystemPackage", package: "swift-system")]
        ),
        .target(
            name: "HTTPExchange",
            dependencies: ["CoreModel", .product(name: "Logging", package: "swift-log")]
        ),
        .target(name: "CurlTransport", dependencies: ["HTTPExchange", "CoreModel", "CLibcurl"]),
        .target(
            name: "ArchiveIO",
            dependencies: [
                "SafeFiles", "CoreModel", "CLibarchive", "CIgzip", "CZlib",
                .product(name: "SystemPackage", package: "swift-system"),
            ]
        ),
        .target(
            name: "GitAccess",
            dependencies: [
                "SafeFiles", "HTTPExchange", "CoreModel", "CLibgit2",
                .product(name: "SystemPackage", package: "swift-system"),
            ]
        ),
        .target(name: "SignatureCrypto", dependencies: ["CoreModel", "COpenSSL"]),

        // L2: the formats and rules.
        .target(
            name: "ManifestTree",
            dependencies: ["CoreModel", "CLibyaml"]
        ),
        .target(name: "KubeModel", dependencies: ["ManifestTree", "HTTPExchange", "CoreModel"]),
        .target(
            name: "OCIDistribution",
            dependencies: [
                "HTTPExchange", "CoreModel", "ManifestTree", "SignatureCrypto",
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
        .target(
            name: "OCILayout",
            dependencies: [
                "OCIDistribution", "SafeFiles", "ManifestTree", "SignatureCrypto", "CoreModel",
                .product(name: "SystemPackage", package: "swift-system"),
            ]
        ),
        .target(name: "NotationTrust", dependencies: ["SignatureCrypto", "ManifestTree", "CoreModel"]),
        .target(name: "SigstoreTrust", dependencies: ["SignatureCrypto", "ManifestTree", "CoreModel"]),
        .target(name: "ExpressionLanguage", dependencies: ["ManifestTree", "CoreModel"]),
        .target(
            name: "ArtifactTrust",
            dependencies: [
                "OCIDistribution", "SigstoreTrust", "NotationTrust", "ExpressionLanguage", "SignatureCrypto",
                "ManifestTree", "CoreModel",
            ]
        ),
        .target(
            name: "UpdateFramework",
            dependencies: [
                "HTTPExchange", "SafeFiles", "SignatureCrypto", "ManifestTree", "CoreModel",
                .product(name: "SystemPackage", package: "swift-system"),
            ]
        ),
        .target(
            name: "ArtifactStore",
            dependencies: [
                "ArchiveIO", "SafeFiles", "SignatureCrypto", "CoreModel",
                .product(name: "SystemPackage", package: "swift-system"),
            ]
        ),
        .target(
            name: "KustomizeBuild",
            dependencies: [
                "ManifestTree", "SafeFiles", "SignatureCrypto", "CoreModel",
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            exclude: ["kustomization-fields.md"]
        ),

        // L3: Kubernetes.
        .target(
            name: "SluiceAPI",
            dependencies: ["KubeModel", "ManifestTree", "CoreModel"],
            path: "api",
            exclude: [
                "source/ocirepository.md", "kustomize/kustomization.md", "sluice/verificationpolicy.md",
                "sluice/clusterverificationpolicy.md",
            ]
        ),
        .target(
            name: "KubeClient",
            dependencies: [
                "KubeModel", "ManifestTree", "HTTPExchange", "CoreModel",
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
        .target(
            name: "RegistryLogin",
            dependencies: [
                "OCIDistribution", "HTTPExchange", "ManifestTree", "SignatureCrypto", "CoreModel",
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ]
        ),
        .target(
            name: "ControllerRuntime",
            dependencies: [
                "KubeClient", "KubeModel", "ManifestTree", "HTTPExchange", "CoreModel",
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
        .target(
            name: "ClusterApply",
            dependencies: [
                "KubeClient", "KubeModel", "ManifestTree", "CoreModel", .product(name: "Logging", package: "swift-log"),
            ]
        ),
        .target(
            name: "DesiredState",
            dependencies: [
                "SluiceAPI", "ClusterApply", "KustomizeBuild", "KubeModel", "ManifestTree", "SafeFiles", "CoreModel",
            ]
        ),

        // L4: the pipelines, the server and the commands.
        .target(
            name: "SourceReconciliation",
            dependencies: [
                "ControllerRuntime", "SluiceAPI", "KubeClient", "KubeModel", "ArtifactStore", "ArtifactTrust",
                "SigstoreTrust", "UpdateFramework",
                "OCIDistribution", "RegistryLogin", "ArchiveIO", "SafeFiles", "HTTPExchange", "ManifestTree",
                "SignatureCrypto", "CoreModel",
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "SystemPackage", package: "swift-system"),
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
        .target(
            name: "ApplyReconciliation",
            dependencies: [
                "DesiredState", "ControllerRuntime", "SluiceAPI", "ClusterApply", "KubeClient", "KubeModel",
                "KustomizeBuild", "ArtifactStore", "ArchiveIO", "SafeFiles", "HTTPExchange", "ManifestTree",
                "SignatureCrypto", "CoreModel",
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
        .target(
            name: "ArtifactServer",
            dependencies: [
                "SafeFiles", "CoreModel", .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
        .target(
            name: "ToolCommands",
            dependencies: [
                "DesiredState", "ClusterApply", "SluiceAPI", "KubeClient", "KubeModel", "KustomizeBuild",
                "ArtifactTrust", "SigstoreTrust", "NotationTrust", "UpdateFramework", "ArtifactStore", "ArchiveIO",
                "OCILayout", "OCIDistribution", "RegistryLogin", "GitAccess", "SafeFiles", "HTTPExchange",
                "ManifestTree", "SignatureCrypto", "CoreModel",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            exclude: ["verify-and-sign.md"]
        ),

        // L5: the composition root, the only one that names CurlTransport.
        .executableTarget(
            name: "sluice",
            dependencies: [
                "ToolCommands", "SourceReconciliation", "ApplyReconciliation", "ArtifactServer", "ControllerRuntime",
                "SluiceAPI", "ClusterApply", "KubeClient", "KubeModel", "KustomizeBuild", "ArtifactStore",
                "ArtifactTrust",
                "OCIDistribution", "RegistryLogin", "CurlTransport", "HTTPExchange", "ManifestTree", "ArchiveIO",
                "SafeFiles", "CoreModel",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "SystemPackage", package: "swift-system"),
            ]
        ),

        // T: what tests share.
        .target(
            name: "TestSupport",
            dependencies: ["HTTPExchange", "SignatureCrypto", "ManifestTree", "CoreModel"],
            path: "Tests/TestSupport"
        ),
        .testTarget(name: "CoreModelTests", dependencies: ["CoreModel"]),
        .testTarget(
            name: "SafeFilesTests",
            dependencies: ["SafeFiles", "CoreModel", .product(name: "SystemPackage", package: "swift-system")]
        ),
        .testTarget(name: "HTTPExchangeTests", dependencies: ["HTTPExchange", "CoreModel"]),
        .testTarget(
            name: "CurlTransportTests",
            dependencies: ["CurlTransport", "HTTPExchange", "CoreModel", "TestSupport"]
        ),
        .testTarget(
            name: "ArchiveIOTests",
            dependencies: [
                "ArchiveIO", "SafeFiles", "CoreModel", .product(name: "SystemPackage", package: "swift-system"),
            ]
        ),
        .testTarget(
            name: "GitAccessTests",
            dependencies: [
                "GitAccess", "CurlTransport", "SafeFiles", "HTTPExchange", "CoreModel", "TestSupport",
                .product(name: "SystemPackage", package: "swift-system"),
            ]
        ),
        .testTarget(name: "SignatureCryptoTests", dependencies: ["SignatureCrypto", "CoreModel", "TestSupport"]),
        .testTarget(
            name: "ManifestTreeTests",
            dependencies: ["ManifestTree", "CoreModel"],
            exclude: ["Fixtures"]
        ),
        .testTarget(name: "KubeModelTests", dependencies: ["KubeModel", "ManifestTree", "HTTPExchange", "CoreModel"]),
        .testTarget(
            name: "OCIDistributionTests",
            dependencies: [
                "OCIDistribution", "CurlTransport", "HTTPExchange", "ManifestTree", "SignatureCrypto", "CoreModel",
                "TestSupport",
            ]
        ),
        .testTarget(
            name: "OCILayoutTests",
            dependencies: [
                "OCILayout", "OCIDistribution", "CurlTransport", "HTTPExchange", "SafeFiles", "ManifestTree",
                "SignatureCrypto", "CoreModel", "TestSupport",
                .product(name: "SystemPackage", package: "swift-system"),
            ]
        ),
        .testTarget(
            name: "NotationTrustTests",
            dependencies: ["NotationTrust", "SignatureCrypto", "ManifestTree", "CoreModel", "TestSupport"]
        ),
        .testTarget(
            name: "SigstoreTrustTests",
            dependencies: ["SigstoreTrust", "SignatureCrypto", "ManifestTree", "CoreModel", "TestSupport"]
        ),
        .testTarget(
            name: "ExpressionLanguageTests",
            dependencies: ["ExpressionLanguage", "ManifestTree", "CoreModel"]
        ),
        .testTarget(
            name: "ArtifactTrustTests",
            dependencies: [
                "ArtifactTrust", "SigstoreTrust", "NotationTrust", "ExpressionLanguage", "OCIDistribution",
                "CurlTransport",
                "HTTPExchange",
                "ManifestTree", "SignatureCrypto",
                "CoreModel",
                "TestSupport",
            ]
        ),
        .testTarget(
            name: "UpdateFrameworkTests",
            dependencies: [
                "UpdateFramework", "CurlTransport", "HTTPExchange", "SafeFiles", "ManifestTree", "SignatureCrypto",
                "CoreModel", "TestSupport", .product(name: "SystemPackage", package: "swift-system"),
            ]
        ),
        .testTarget(
            name: "ArtifactStoreTests",
            dependencies: [
                "ArtifactStore", "ArchiveIO", "SafeFiles", "SignatureCrypto", "CoreModel",
                .product(name: "SystemPackage", package: "swift-system"),
            ]
        ),
        .testTarget(
            name: "KustomizeBuildTests",
            dependencies: [
                "KustomizeBuild", "ManifestTree", "SafeFiles", "CoreModel", "TestSupport",
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            exclude: ["Fixtures"]
        ),
        .testTarget(name: "SluiceAPITests", dependencies: ["SluiceAPI", "KubeModel", "ManifestTree", "CoreModel"]),
        .testTarget(
            name: "KubeClientTests",
            dependencies: ["KubeClient", "KubeModel", "CurlTransport", "ManifestTree", "HTTPExchange", "CoreModel"]
        ),
        .testTarget(
            name: "RegistryLoginTests",
            dependencies: [
                "RegistryLogin", "OCIDistribution", "SafeFiles", "CurlTransport", "HTTPExchange", "ManifestTree",
                "SignatureCrypto", "CoreModel", "TestSupport",
                .product(name: "SystemPackage", package: "swift-system"),
            ]
        ),
        .testTarget(
            name: "ControllerRuntimeTests",
            dependencies: [
                "ControllerRuntime", "KubeClient", "KubeModel", "ManifestTree", "HTTPExchange", "CoreModel",
                .product(name: "Logging", package: "swift-log"), .product(name: "Metrics", package: "swift-metrics"),
            ]
        ),
        .testTarget(
            name: "ClusterApplyTests",
            dependencies: [
                "ClusterApply", "KubeClient", "KubeModel", "ManifestTree", "HTTPExchange", "CoreModel", "CurlTransport",
            ]
        ),
        .testTarget(
            name: "ArtifactServerTests",
            dependencies: [
                "ArtifactServer", "SafeFiles", "CoreModel",
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "SystemPackage", package: "swift-system"),
            ]
        ),
        .testTarget(
            name: "ToolCommandsTests",
            dependencies: [
                "ToolCommands", "SluiceAPI", "KubeModel", "OCILayout", "OCIDistribution", "CurlTransport",
                "HTTPExchange", "SafeFiles", "SignatureCrypto", "ManifestTree", "CoreModel", "TestSupport",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "SystemPackage", package: "swift-system"),
            ]
        ),
        .testTarget(
            name: "SourceReconciliationTests",
            dependencies: [
                "SourceReconciliation", "ControllerRuntime", "SluiceAPI", "KubeClient", "KubeModel", "ArtifactStore",
                "ArtifactTrust", "OCIDistribution", "RegistryLogin", "ArchiveIO", "SafeFiles", "CurlTransport",
                "HTTPExchange",
                "ManifestTree", "SignatureCrypto", "CoreModel", "TestSupport",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "SystemPackage", package: "swift-system"),
            ]
        ),
        .testTarget(
            name: "ApplyReconciliationTests",
            dependencies: [
                "ApplyReconciliation", "ControllerRuntime", "SluiceAPI", "ClusterApply", "KubeClient", "KubeModel",
                "ArtifactStore", "ArchiveIO", "SafeFiles", "HTTPExchange", "ManifestTree", "SignatureCrypto",
                "CoreModel", "TestSupport",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "SystemPackage", package: "swift-system"),
            ]
        ),
        .testTarget(
            name: "ClusterTests",
            dependencies: ["TestSupport", "ManifestTree", "SignatureCrypto", "CoreModel"]
        ),
    ],
    swiftLanguageModes: [.v6]
)

// One set of rules for every Swift target; a target that needs an exception does not exist.
for target in package.targets where target.type != .system {
    target.swiftSettings = [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
        .strictMemorySafety(),
        .treatAllWarnings(as: .error),
    ]
}

// A small build or a check of one signature is mostly first uses of generic types, each of which would have its name
// read and all conformances of the program searched, some 60 microseconds long. What is compiled in does neither.
for target in package.targets where target.type == .regular || target.type == .executable {
    target.swiftSettings?.append(
        .unsafeFlags(
            ["-Xfrontend", "-disable-concrete-type-metadata-mangled-name-accessors"],
            .when(configuration: .release)
        )
    )
}

import Testing

/// Everything that needs a whole installation. One after the other: each test has an API server, etcd, a registry and a
/// controller of its own, and the machines that run them are small.
@Suite(.serialized, .enabled(if: Tool.isPrepared, "run through hack/test, which starts the real parts"))
struct WholeInstallation {}

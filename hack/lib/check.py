"""The rules of the house that no compiler flag checks. Prints each breach as file:line: what, and exits 1 if there is one."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]

# What each target may import of ours and from outside. The manifest could allow more by mistake; this table cannot.
L1 = {"CoreModel"}
LAYERS = {
    "CoreModel": set(),
    "SafeFiles": L1 | {"SystemPackage"},
    "HTTPExchange": L1 | {"Logging"},
    "CurlTransport": L1 | {"HTTPExchange", "CLibcurl"},
    "ArchiveIO": L1 | {"SafeFiles", "CLibarchive", "CIgzip", "CZlib", "SystemPackage"},
    "GitAccess": L1 | {"SafeFiles", "HTTPExchange", "CLibgit2", "SystemPackage"},
    "SignatureCrypto": L1 | {"COpenSSL"},
    "ManifestTree": L1 | {"CLibyaml"},
    "KubeModel": L1 | {"ManifestTree", "HTTPExchange"},
    "OCIDistribution": L1 | {"HTTPExchange", "ManifestTree", "SignatureCrypto", "Logging"},
    "OCILayout": L1 | {"OCIDistribution", "SafeFiles", "ManifestTree", "SignatureCrypto", "SystemPackage"},
    "NotationTrust": L1 | {"SignatureCrypto", "ManifestTree"},
    "SigstoreTrust": L1 | {"SignatureCrypto", "ManifestTree"},
    "ExpressionLanguage": L1 | {"ManifestTree"},
    "ArtifactTrust": L1
    | {"OCIDistribution", "SigstoreTrust", "NotationTrust", "ExpressionLanguage", "SignatureCrypto", "ManifestTree"},
    "UpdateFramework": L1 | {"HTTPExchange", "SafeFiles", "SignatureCrypto", "ManifestTree", "SystemPackage"},
    "ArtifactStore": L1 | {"ArchiveIO", "SafeFiles", "SignatureCrypto", "SystemPackage"},
    "KustomizeBuild": L1 | {"ManifestTree", "SafeFiles", "SignatureCrypto", "SystemPackage"},
    "SluiceAPI": L1 | {"KubeModel", "ManifestTree"},
    "KubeClient": L1 | {"KubeModel", "ManifestTree", "HTTPExchange", "Subprocess", "SystemPackage", "Logging"},
    "RegistryLogin": L1
    | {"OCIDistribution", "HTTPExchange", "ManifestTree", "SignatureCrypto", "Subprocess", "SystemPackage"},
    "ControllerRuntime": L1
    | {"KubeClient", "KubeModel", "ManifestTree", "HTTPExchange", "ServiceLifecycle", "Metrics", "Logging"},
    "ClusterApply": L1 | {"KubeClient", "KubeModel", "ManifestTree", "Logging"},
    "DesiredState": L1
    | {"SluiceAPI", "ClusterApply", "KustomizeBuild", "KubeModel", "ManifestTree", "SafeFiles"},
}
BELOW_L4 = set(LAYERS) - {"CurlTransport"}
LAYERS["SourceReconciliation"] = BELOW_L4 | {"ServiceLifecycle", "SystemPackage", "Logging"}
LAYERS["ApplyReconciliation"] = BELOW_L4 | {"Logging"}
LAYERS["ArtifactServer"] = L1 | {
    "SafeFiles", "Hummingbird", "NIOCore", "HTTPTypes", "ServiceLifecycle", "Metrics", "Logging",
}
LAYERS["ToolCommands"] = BELOW_L4 | {"ArgumentParser", "Subprocess", "Logging", "SystemPackage"}
LAYERS["sluice"] = set(LAYERS) | {"ArgumentParser", "ServiceLifecycle", "UnixSignals", "Metrics", "Logging", "SystemPackage"}

PLATFORM = {"Synchronization", "Glibc", "Musl", "Darwin", "Dispatch"}
FOUNDATION = {"Foundation", "FoundationEssentials"}
NO_FOUNDATION = {
    "CoreModel", "SafeFiles", "HTTPExchange", "CurlTransport", "ArchiveIO", "GitAccess", "SignatureCrypto",
    "ManifestTree", "KubeModel", "OCIDistribution", "OCILayout", "SigstoreTrust", "NotationTrust", "ArtifactTrust",
    "ExpressionLanguage", "ArtifactStore", "KustomizeBuild", "UpdateFramework",
}
# Where memory is touched by hand: `unsafe` expressions and `@unchecked Sendable`, at most so many in each target.
UNSAFE = {
    "CoreModel": 2, "SafeFiles": 120, "CurlTransport": 160, "ArchiveIO": 200, "SignatureCrypto": 280,
    "ArtifactStore": 12, "ManifestTree": 90, "KubeClient": 12, "ToolCommands": 30, "sluice": 10, "ControllerRuntime": 6,
    "GitAccess": 90, "RegistryLogin": 4, "KustomizeBuild": 2,
}
UNCHECKED = {"SafeFiles": 2, "CurlTransport": 4, "SignatureCrypto": 3, "ArchiveIO": 2}
# Unstructured tasks, each with the reason that makes it right.
TASKS = {}

FORBIDDEN = [
    (re.compile(r"\btry!"), "try! is not allowed in Sources"),
    (re.compile(r"\bas!"), "as! is not allowed in Sources"),
    (re.compile(r"\b(fatalError|preconditionFailure)\("), "the process must not end by a trap in Sources"),
]
MAX_FILE, MAX_TEST_FILE, MAX_FUNCTION, MAX_WIDTH = 500, 700, 60, 120

breaches = []


def breach(path, line, what):
    breaches.append(f"{path.relative_to(ROOT)}:{line}: {what}")


def code_of(line):
    """The line without its comment; good enough, since the formatter puts comments on lines of their own."""
    return "" if line.lstrip().startswith("//") else line


def check_imports(target, path, lines):
    allowed = LAYERS[target] | PLATFORM | (set() if target in NO_FOUNDATION else FOUNDATION)
    for number, line in enumerate(lines, 1):
        found = re.match(r"\s*(?:@\w+ )?(?:package |public |internal |private )?import (?:struct |class |enum |func )?(\w+)", line)
        if found and found[1] not in allowed:
            breach(path, number, f"{target} may not import {found[1]}")


def check_words(target, path, lines):
    for number, line in enumerate(map(code_of, lines), 1):
        for pattern, what in FORBIDDEN:
            if pattern.search(line):
                breach(path, number, what)
        if re.search(r"\bTask(\.detached)?(\([^)]*\))? *\{", line) and str(path.relative_to(ROOT)) not in TASKS:
            breach(path, number, "an unstructured task needs an entry, with its reason, in hack/lib/check.py")


def check_functions(path, lines, limit):
    """Functions end at the closing brace in the column their first line begins in, which the formatter guarantees."""
    start = re.compile(r"^( *)(?:@\S+ )*(?:[a-z]+(?:\([a-z]+\))? )*(?:func |init[(?<]|deinit|subscript[(<])")
    opened = None
    for number, line in enumerate(lines, 1):
        found = start.match(line)
        if found and opened is None:
            opened = (number, found[1])
        if opened and line.startswith(opened[1] + "}") and number > opened[0]:
            if number - opened[0] + 1 > limit:
                breach(path, opened[0], f"a function of {number - opened[0] + 1} lines (limit {limit})")
            opened = None
        elif opened and number == opened[0] and line.rstrip().endswith("}"):
            opened = None


def check_file(path, lines, limit):
    if len(lines) > limit:
        breach(path, len(lines), f"{len(lines)} lines (limit {limit})")
    for number, line in enumerate(lines, 1):
        if len(line) > MAX_WIDTH:
            breach(path, number, f"{len(line)} characters wide (limit {MAX_WIDTH})")


def check_counts(target, texts):
    unsafe = sum(len(re.findall(r"\bunsafe\b", code_of(line))) for text in texts for line in text)
    unchecked = sum("@unchecked Sendable" in code_of(line) for text in texts for line in text)
    for name, count, limits in (("unsafe", unsafe, UNSAFE), ("@unchecked Sendable", unchecked, UNCHECKED)):
        if count > limits.get(target, 0):
            breaches.append(f"{target}: {count} uses of {name} (limit {limits.get(target, 0)} in hack/lib/check.py)")


def check_sources():
    for target in LAYERS:
        folder = ROOT / ("api" if target == "SluiceAPI" else f"Sources/{target}")
        texts = []
        for path in sorted(folder.rglob("*.swift")):
            lines = path.read_text().splitlines()
            texts.append(lines)
            check_imports(target, path, lines)
            check_words(target, path, lines)
            check_file(path, lines, MAX_FILE)
            check_functions(path, lines, MAX_FUNCTION)
        check_counts(target, texts)
    known = set(LAYERS) | {"CLibcurl", "CLibarchive", "CIgzip", "CZlib", "COpenSSL", "CLibyaml", "CLibgit2"}
    for folder in (ROOT / "Sources").iterdir():
        if folder.name not in known:
            breaches.append(f"Sources/{folder.name}: a target that hack/lib/check.py does not know")


def check_c_modules():
    """Each C library has one door."""
    doors = {
        "CLibcurl": "CurlTransport", "CLibarchive": "ArchiveIO", "CIgzip": "ArchiveIO",
        "CZlib": "ArchiveIO", "COpenSSL": "SignatureCrypto",
        "CLibyaml": "ManifestTree", "CLibgit2": "GitAccess",
    }
    for path in (ROOT / "Sources").rglob("*.swift"):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            found = re.search(r"\bimport (CLib\w+|CIgzip|CZlib|COpenSSL)\b", line)
            if found and doors[found[1]] not in path.parts:
                breach(path, number, f"{found[1]} is imported by {doors[found[1]]} alone")


def check_tests():
    for path in sorted((ROOT / "Tests").rglob("*.swift")):
        lines = path.read_text().splitlines()
        check_file(path, lines, MAX_TEST_FILE)


def check_links():
    for path in [*ROOT.glob("*.md"), *ROOT.glob("api/**/*.md"), *ROOT.glob("config/**/*.md"), *ROOT.glob("hack/**/*.md")]:
        for number, line in enumerate(path.read_text().splitlines(), 1):
            for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", line):
                if not re.match(r"[a-z]+:", target) and not (path.parent / target).exists():
                    breach(path, number, f"the link {target} leads nowhere")


def check_scripts():
    for path in [*(ROOT / "hack").rglob("*"), *(ROOT / ".ci").rglob("*")]:
        if path.is_file() and path.suffix in ("", ".sh") and "#!" in path.read_text(errors="replace")[:2]:
            for number, line in enumerate(path.read_text().splitlines(), 1):
                if re.search(r"https?://(?!127\.0\.0\.1|localhost|\$)[a-z0-9.-]+\.[a-z]{2,}", line) and "kubernetes.default.svc" not in line:
                    breach(path, number, "a script names no host outside this machine")


check_sources()
check_c_modules()
check_tests()
check_links()
check_scripts()
print("\n".join(breaches) or "rules: clean")
sys.exit(1 if breaches else 0)

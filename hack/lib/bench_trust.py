"""Verification beside cosign: a thousand signed artifacts in a registry on this machine, verified by key, and what one
verification costs without its requests."""

import concurrent.futures
import hashlib
import http.client
import json
import os
import pathlib
import statistics
import subprocess
import time

from bench_artifacts import MANIFEST, push
from bench_kit import PEERS, ROOT, SLUICE, Measured

COUNT = int(os.environ.get("SLUICE_BENCH_ARTIFACTS", "1000"))


def signed_artifacts(folder, registry):
    """Artifacts of one layer with manifests of their own, each signed by the same key as cosign does: by tag, by digest,
    and the environment of those who verify them."""
    environment = {**os.environ, "COSIGN_PASSWORD": "", "HOME": str(folder)}
    written = folder / "trust-references"
    if written.exists():
        return *json.loads(written.read_text()), environment
    tree = folder / "trust"
    tree.mkdir()
    (tree / "map.yaml").write_text("kind: List\n")
    host = f"127.0.0.1:{registry.port}"
    push(tree, f"{host}/trust:first")
    connection = http.client.HTTPConnection(host)
    connection.request("GET", "/v2/trust/manifests/first", headers={"Accept": MANIFEST})
    manifest = json.loads(connection.getresponse().read())
    digests = []
    for number in range(COUNT):
        manifest["annotations"]["org.opencontainers.image.revision"] = f"main@sha1:{number:040x}"
        text = json.dumps(manifest)
        connection.request("PUT", f"/v2/trust/manifests/v{number}", text, {"Content-Type": MANIFEST})
        connection.getresponse().read()
        digests.append(f"{host}/trust@sha256:{hashlib.sha256(text.encode()).hexdigest()}")
    subprocess.run([PEERS / "cosign", "generate-key-pair"], cwd=folder, env=environment, check=True, capture_output=True)
    references = [f"{host}/trust:v{number}" for number in range(COUNT)]

    def sign(reference):
        subprocess.run(
            [SLUICE, "sign", "artifact", f"oci://{reference}", "--key", folder / "cosign.key", "--insecure-registry"],
            env=environment, check=True, capture_output=True)

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(sign, references))
    written.write_text(json.dumps([references, digests]))
    return references, digests, environment


def steady_state(key, references, environment):
    """Wall and CPU seconds of cosign for one more artifact in a process that has started: it takes several references at
    once."""
    few, many = (
        Measured(
            [PEERS / "cosign", "verify", "--key", key, "--insecure-ignore-tlog", "--allow-http-registry", *references[:count]],
            environment=environment)
        for count in (1, min(201, COUNT)))
    more = min(201, COUNT) - 1
    return (many.seconds - few.seconds) / more, (many.processor - few.processor) / more


def verify_all(folder, references, environment):
    lines = folder / "trust-lines"
    lines.write_text("".join(f"oci://{reference}\n" for reference in references))
    return Measured(
        [SLUICE, "verify", "artifact", "-", "--key", folder / "cosign.pub", "--insecure-registry"], lines, environment)


def bench_verify(folder, registry, runs):
    """One pair alone: a thousand runs are their own average."""
    references, _, environment = signed_artifacts(folder, registry)
    key = folder / "cosign.pub"
    verify_all(folder, references, environment)  # warms the caches of the registry, for both
    ours = verify_all(folder, references, environment)
    begin = time.monotonic()
    theirs = [
        Measured(
            [PEERS / "cosign", "verify", "--key", key, "--insecure-ignore-tlog", "--allow-http-registry", reference],
            environment=environment)
        for reference in references
    ]
    their_seconds = time.monotonic() - begin
    return (
        f"verify {COUNT:,} signed artifacts by key", f"{COUNT:,} runs of `cosign verify`",
        {
            "ratio": ours.seconds / their_seconds, "ours": ours.seconds, "theirs": their_seconds,
            "our_memory": ours.mebibytes, "their_memory": max(run.mebibytes for run in theirs),
        })


def bench_verify_digest(folder, registry, runs):
    """What is pinned by digest takes two requests each; beside cosign in its steady state, in turn."""
    _, references, environment = signed_artifacts(folder, registry)
    key = folder / "cosign.pub"
    verify_all(folder, references, environment)
    pairs = [(verify_all(folder, references, environment), steady_state(key, references, environment)) for _ in range(runs)]
    ours, theirs = (statistics.median(seconds) for seconds in zip(*((a.seconds / COUNT, b) for a, (b, _) in pairs)))
    our_processor = statistics.median(a.processor / COUNT for a, _ in pairs)
    their_processor = statistics.median(b for _, (_, b) in pairs)
    return (
        f"verify {COUNT:,} signed artifacts by digest",
        f"as many more in one process of cosign (CPU of each: {1000 * our_processor:.2f} beside {1000 * their_processor:.2f} ms)",
        {
            "ratio": statistics.median(a.seconds / COUNT / b for a, (b, _) in pairs),
            "ours": ours * COUNT, "theirs": theirs * COUNT,
            "our_memory": max(a.mebibytes for a, _ in pairs), "their_memory": None,
        })


# What the driver is linked with: the objects of the release build.
OFFLINE_TARGETS = [
    "CoreModel", "HTTPExchange", "SignatureCrypto", "ManifestTree", "OCIDistribution", "ExpressionLanguage", "SigstoreTrust",
    "NotationTrust", "ArtifactTrust", "Logging"]
KEYLESS = ROOT / "hack" / "lib" / "bench-keyless"


def offline_driver(folder):
    build = pathlib.Path(SLUICE).parent
    objects = [file for target in OFFLINE_TARGETS for file in sorted((build / f"{target}.build").rglob("*.o"))]
    maps = [f"-fmodule-map-file={ROOT}/Sources/{module}/module.modulemap" for module in ("COpenSSL", "CLibyaml")]
    libraries = subprocess.run(
        ["pkg-config", "--libs", "libcrypto", "yaml-0.1"], check=True, capture_output=True, text=True).stdout.split()
    driver = folder / "bench-trust"
    subprocess.run(
        ["swiftc", "-swift-version", "6", "-O", "-parse-as-library", "-package-name", ROOT.name.lower(), "-I",
         build / "Modules", *(word for one in maps for word in ("-Xcc", one)), ROOT / "hack/lib/bench_trust.swift", *objects,
         *libraries, "-o", driver],
        check=True)
    return driver


def bench_offline(folder, registry, runs):
    """CPU time on both sides. cosign's is that of a whole run, for which there is no other way without a registry."""
    key = folder / "offline.key"
    subprocess.run(["openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", key], check=True)
    answer = subprocess.run(
        [offline_driver(folder), key, KEYLESS / "trusted-root", KEYLESS / "rekor1", KEYLESS / "rekor2"],
        check=True, capture_output=True, text=True).stdout
    ours = {name: float(figure) for name, figure in json.loads(answer).items()}
    environment = {**os.environ, "HOME": str(folder)}
    theirs = [
        Measured(
            [PEERS / "cosign-new", "verify-blob-attestation", "--bundle", KEYLESS / "rekor1", "--trusted-root",
             KEYLESS / "trusted-root", "--certificate-identity-regexp", ".*", "--certificate-oidc-issuer-regexp", ".*",
             "--check-claims=false", "--type", "https://sigstore.dev/cosign/sign/v1"],
            environment=environment)
        for _ in range(runs + 1)
    ][1:]
    their_processor = sum(run.processor for run in theirs) / len(theirs)
    print(
        f"offline: {ours['key']:.3f} ms of CPU for a signature by key; for a keyless bundle {ours['rekor1']:.2f} ms logged in "
        f"Rekor 1, {ours['rekor2']:.2f} ms in Rekor 2 with a timestamp; a run of cosign {1000 * their_processor:.0f} ms")
    return (
        "verify 1,000 keyless bundles offline, CPU", f"`cosign verify-blob-attestation`, the mean of {len(theirs)} runs",
        {
            "ratio": ours["rekor1"] / 1000 / their_processor, "ours": ours["rekor1"], "theirs": 1000 * their_processor,
            "our_memory": None, "their_memory": max(run.mebibytes for run in theirs),
        })

"""Whole-process measurements of sluice beside its peers, pair by pair, so that a machine whose speed drifts does no harm."""

import argparse
import os
import pathlib
import random
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
SLUICE = os.environ["SLUICE_BINARY"]
PEERS = pathlib.Path(os.environ["SLUICE_PEERS"])


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(what, question, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if question():
            return
        time.sleep(0.002)
    raise SystemExit(f"it did not happen within {seconds} s: {what}")


def listens(port):
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", port)) == 0


class Run:
    """One shell command: wall seconds, and the peak memory of its largest process in MiB."""

    def __init__(self, command):
        begin = time.monotonic()
        process = subprocess.Popen(["bash", "-c", "set -o pipefail; " + command], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        errors = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(f"{command}\n{errors.decode()}")
        self.seconds = time.monotonic() - begin
        self.mebibytes = usage.ru_maxrss / 1024


class Registry:
    def __init__(self, folder):
        self.port = free_port()
        (folder / "registry.yml").write_text(
            f"version: 0.1\nlog: {{accesslog: {{disabled: true}}, level: error}}\n"
            f"storage: {{filesystem: {{rootdirectory: {folder}/registry}}}}\nhttp: {{addr: '127.0.0.1:{self.port}'}}\n")
        self.process = subprocess.Popen(
            [PEERS / "docker-registry", "serve", folder / "registry.yml"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for("the registry listens", lambda: listens(self.port))

    def stop(self):
        self.process.terminate()
        self.process.wait()


def pairs(ours, theirs, runs, before):
    """Medians of the ratios ours/theirs, run in turn."""
    results = []
    for number in range(runs + 1):
        before()
        a = Run(ours)
        before()
        b = Run(theirs)
        if number:  # the first pair warms the caches
            results.append((a, b))
    ratio = statistics.median(a.seconds / b.seconds for a, b in results)
    return {
        "ratio": ratio,
        "ours": statistics.median(a.seconds for a, _ in results), "theirs": statistics.median(b.seconds for _, b in results),
        "our_memory": max(a.mebibytes for a, _ in results), "their_memory": max(b.mebibytes for _, b in results),
    }


def make_tree(folder, megabytes, files):
    """Half text that compresses, half noise that does not: about 150 MB of gzip for 200 MB."""
    source = random.Random(7)
    size = megabytes * 1_000_000 // files
    words = [f"word{n}" for n in range(4000)]
    for number in range(files):
        path = folder / f"dir{number % 50}" / f"file{number}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        noise = source.randbytes(size * 7 // 10)
        text = " ".join(source.choices(words, k=size // 20)).encode()[: size - len(noise)]
        path.write_bytes(text + noise)


def bench_pull(folder, registry, runs):
    tree = folder / "tree"
    make_tree(tree, 200, 2000)
    reference = f"127.0.0.1:{registry.port}/big:v1"
    subprocess.run(
        [SLUICE, "push", "artifact", f"oci://{reference}", "--path", tree, "--source", "bench", "--revision", "bench",
         "--insecure-registry"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    out = folder / "out"

    def before():
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir()

    result = pairs(
        f"exec {SLUICE} pull artifact oci://{reference} --output {out} --insecure-registry",
        f"{PEERS}/crane export --insecure {reference} - | tar x -C {out}", runs, before)
    return ("pull, verify and unpack 200 MB (2,000 files)", "`crane export \\| tar x`", result)


def bench_kustomize(folder, runs):
    base = folder / "kustomize"
    base.mkdir()
    names = []
    for number in range(200):
        name = f"app{number}.yaml"
        names.append(name)
        (base / name).write_text(
            f"apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: app{number}\nspec:\n  selector:\n    matchLabels:\n"
            f"      app: app{number}\n  template:\n    metadata:\n      labels:\n        app: app{number}\n    spec:\n"
            f"      containers:\n      - name: main\n        image: nginx:1\n---\napiVersion: v1\nkind: Service\nmetadata:\n"
            f"  name: app{number}\nspec:\n  ports:\n  - port: 80\n")
    (base / "kustomization.yaml").write_text(
        "namespace: bench\nnamePrefix: pre-\nlabels:\n- pairs: {team: blue}\nimages:\n- name: nginx\n  newTag: '2'\nresources:\n"
        + "".join(f"- {name}\n" for name in names))
    result = pairs(
        f"exec {SLUICE} kustomize {base}", f"exec {PEERS}/kustomize-new build {base}", runs, lambda: None)
    return ("build 400 objects with namespace, prefix, labels and images", "`kustomize build` 5.8", result)


class Cluster:
    def __init__(self, folder):
        self.folder = folder / "cluster"
        self.run("start")
        for crd in sorted((ROOT / "config/crd").glob("*.toolkit.fluxcd.io.yaml")):
            self.kubectl("apply", "--validate=false", "-f", str(crd))
        self.kubectl("wait", "--for=condition=Established", "--timeout=30s", "crd", "--all")

    def run(self, command):
        subprocess.run([ROOT / "hack/cluster", command, self.folder], check=True, stdout=subprocess.DEVNULL)

    def kubectl(self, *arguments, text=None):
        return subprocess.run(
            [ROOT / "hack/cluster", "kubectl", self.folder, *arguments], check=True, input=text, text=True,
            stdout=subprocess.PIPE).stdout


class Watch:
    """Notes when a ConfigMap shows a value, by a watch and not by asking again and again."""

    def __init__(self, cluster, name):
        self.seen = {}
        self.process = subprocess.Popen(
            [ROOT / "hack/cluster", "kubectl", cluster.folder, "get", "configmap", "--watch", "-o", "jsonpath={.metadata.name}={.data.v}{\"\\n\"}"],
            stdout=subprocess.PIPE, text=True)
        threading.Thread(target=self.read, args=(name,), daemon=True).start()

    def read(self, name):
        for line in self.process.stdout:
            key, _, value = line.strip().partition("=")
            if key == name:
                self.seen[value] = time.monotonic()

    def stop(self):
        self.process.terminate()
        self.process.wait()


def bench_latency(folder, registry, runs):
    """From the end of a push to the object in the cluster: the controller, asked by annotation, beside what a pipeline does by
    hand, `crane export | tar x` and `kubectl apply --server-side`."""
    cluster = Cluster(folder)
    store = folder / "store"
    controller = subprocess.Popen(
        [SLUICE, "controller", "--kubeconfig", cluster.folder / "kubeconfig", "--storage-path", store, "--storage-addr",
         f"127.0.0.1:{free_port()}", "--metrics-addr", f"127.0.0.1:{free_port()}", "--health-addr",
         f"127.0.0.1:{free_port()}"], stdout=(folder / "controller.log").open("w"), stderr=subprocess.STDOUT)
    watch = Watch(cluster, "bench")
    try:
        tree = folder / "small"
        tree.mkdir()

        def push(value):
            (tree / "map.yaml").write_text(
                f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: bench, namespace: default}}\ndata: {{v: '{value}'}}\n")
            subprocess.run(
                [SLUICE, "push", "artifact", f"oci://127.0.0.1:{registry.port}/small:latest", "--path", tree, "--source", "bench",
                 "--revision", str(value), "--insecure-registry"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

        push("0")
        cluster.kubectl("apply", "--validate=false", "-f", "-", text=f"""
apiVersion: source.toolkit.fluxcd.io/v1
kind: OCIRepository
metadata: {{name: small, namespace: default}}
spec: {{interval: 1h, url: "oci://127.0.0.1:{registry.port}/small", insecure: true}}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {{name: small, namespace: default}}
spec: {{interval: 1h, prune: true, sourceRef: {{kind: OCIRepository, name: small}}}}
""")
        wait_for("the first revision is applied", lambda: "0" in watch.seen)
        ours, theirs = [], []
        for number in range(1, runs + 1):
            push(f"a{number}")
            begin = time.monotonic()
            cluster.kubectl("annotate", "--overwrite", "ocirepository/small", f"reconcile.fluxcd.io/requestedAt=r{number}")
            wait_for("the revision is applied", lambda: f"a{number}" in watch.seen)
            ours.append(watch.seen[f"a{number}"] - begin)
            push(f"b{number}")
            out = folder / f"by-hand-{number}"
            out.mkdir()
            begin = time.monotonic()
            subprocess.run(
                ["bash", "-c", f"{PEERS}/crane export --insecure 127.0.0.1:{registry.port}/small:latest - | tar x -C {out}"],
                check=True)
            cluster.kubectl("apply", "--server-side", "--force-conflicts", "-f", str(out / "map.yaml"))
            wait_for("the revision is applied", lambda: f"b{number}" in watch.seen)
            theirs.append(watch.seen[f"b{number}"] - begin)
        result = {
            "ratio": statistics.median(a / b for a, b in zip(ours, theirs)), "ours": statistics.median(ours),
            "theirs": statistics.median(theirs), "our_memory": resident(controller.pid), "their_memory": None,
        }
        return ("push to applied, one small artifact", "`crane export \\| tar x && kubectl apply`", result)
    finally:
        watch.stop()
        controller.terminate()
        controller.wait()
        cluster.run("stop")


def resident(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024


def table(rows):
    def memory(value):
        return "" if value is None else f"{value:.0f} MiB"

    lines = ["| what | peer | time, ours ÷ theirs | ours | theirs | memory, ours | theirs |", "|---|---|---|---|---|---|---|"]
    for what, peer, r in rows:
        lines.append(
            f"| {what} | {peer} | **{r['ratio']:.2f}** | {r['ours']:.2f} s | {r['theirs']:.2f} s | {memory(r['our_memory'])} | "
            f"{memory(r['their_memory'])} |")
    return "\n".join(lines)


def write_readme(text):
    readme = ROOT / "README.md"
    content = readme.read_text()
    begin, end = "<!-- bench -->\n", "<!-- /bench -->"
    head, rest = content.split(begin, 1)
    readme.write_text(head + begin + text + "\n" + end + rest.split(end, 1)[1])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        registry = Registry(folder)
        try:
            rows = [
                bench_pull(folder, registry, options.runs), bench_latency(folder, registry, options.runs),
                bench_kustomize(folder, options.runs),
            ]
        finally:
            registry.stop()
    text = table(rows)
    print(text)
    if options.write:
        write_readme(text)


sys.exit(main())

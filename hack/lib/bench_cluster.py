"""From a push to the cluster."""

import statistics
import subprocess
import threading
import time

from bench_kit import PEERS, ROOT, SLUICE, free_port, resident, wait_for


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

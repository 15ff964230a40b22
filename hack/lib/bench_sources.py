"""A thousand sources that are up to date: what they cost the machine, the registry and the API server."""

import collections
import json
import os
import pathlib
import re
import subprocess
import time
import urllib.request

from bench_cluster import Cluster
from bench_kit import PEERS, SLUICE, free_port, listens, wait_for

SOURCES = 1000
MINUTES = 3


class LoggingRegistry:
    """A registry that notes every request."""

    def __init__(self, folder):
        self.port = free_port()
        self.log = folder / "sources-registry.log"
        configuration = folder / "sources-registry.yml"
        configuration.write_text(
            f"version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {folder}/sources-registry}}}}\n"
            f"http: {{addr: '127.0.0.1:{self.port}'}}\n")
        with self.log.open("w") as log:
            self.process = subprocess.Popen([PEERS / "docker-registry", "serve", configuration], stdout=log, stderr=log)
        wait_for("the registry listens", lambda: listens(self.port))

    def requests(self, begin=0):
        """How many there were of each method since a place in the log."""
        with self.log.open() as log:
            log.seek(begin)
            return collections.Counter(re.findall(r'"(GET|HEAD|POST|PUT|PATCH|DELETE) /v2/', log.read()))

    def position(self):
        return self.log.stat().st_size

    def call(self, method, path, body=None, content_type=None):
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/v2/{path}", data=body, method=method)
        if content_type:
            request.add_header("Content-Type", content_type)
        request.add_header("Accept", "application/vnd.oci.image.manifest.v1+json")
        with urllib.request.urlopen(request) as answer:
            return answer.read()

    def copy(self, source, target, tag):
        """One more repository with the same artifact."""
        manifest = self.call("GET", f"{source}/manifests/{tag}")
        document = json.loads(manifest)
        for blob in [document["config"], *document["layers"]]:
            self.call("POST", f"{target}/blobs/uploads/?mount={blob['digest']}&from={source}", body=b"")
        self.call("PUT", f"{target}/manifests/{tag}", manifest, document["mediaType"])

    def stop(self):
        self.process.terminate()
        self.process.wait()


def processor_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def mebibytes(pid, field):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(rf"^{field}:\s+(\d+)", status, re.MULTILINE).group(1)) / 1024


def api_requests(cluster):
    """Every request to the objects and Secrets that ended, watches left out."""
    metrics = cluster.kubectl("get", "--raw", "/metrics")
    counts = collections.Counter()
    for labels, value in re.findall(r"^apiserver_request_total\{(.*)\} (\S+)$", metrics, re.MULTILINE):
        label = dict(re.findall(r'(\w+)="([^"]*)"', labels))
        if label["verb"] != "WATCH" and label["resource"] in ("ocirepositories", "secrets", "serviceaccounts", "events"):
            counts[f"{label['verb']} {label['resource']}"] += int(float(value))
    return counts


def push(folder, registry):
    tree = folder / "sources-tree"
    tree.mkdir()
    (tree / "map.yaml").write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: bench}\n")
    subprocess.run(
        [SLUICE, "push", "artifact", f"oci://127.0.0.1:{registry.port}/sources/app0:v1", "--path", tree, "--source", "bench",
         "--revision", "bench", "--insecure-registry"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for number in range(1, SOURCES):
        registry.copy("sources/app0", f"sources/app{number}", "v1")


def create(cluster, registry):
    cluster.kubectl(
        "create", "--validate=false", "-f", "-", text="\n---\n".join(
            f"""apiVersion: source.toolkit.fluxcd.io/v1
kind: OCIRepository
metadata: {{name: app{number}, namespace: default}}
spec: {{interval: 1m, url: "oci://127.0.0.1:{registry.port}/sources/app{number}", insecure: true, ref: {{tag: v1}}}}"""
            for number in range(SOURCES)))

    def all_ready():
        time.sleep(2)
        words = cluster.kubectl(
            "get", "ocirepositories", "-o", 'jsonpath={.items[*].status.conditions[?(@.type=="Ready")].status}').split()
        return len(words) == SOURCES and set(words) == {"True"}

    wait_for("every source is ready", all_ready, 600)


def measure(cluster, registry, pid):
    begin, position, asked = processor_seconds(pid), registry.position(), api_requests(cluster)
    start, memory = time.monotonic(), mebibytes(pid, "VmRSS")
    time.sleep(60 * MINUTES)
    minutes = (time.monotonic() - start) / 60
    heads = registry.requests(position)
    calls = {name: count for name, count in (api_requests(cluster) - asked).items() if not name.startswith("LIST oci")}
    print(
        f"{SOURCES} sources, {minutes:.1f} minutes: {dict(heads)} at the registry ({heads['HEAD'] / minutes / SOURCES:.2f} HEADs "
        f"for each source and minute), {calls} at the API server, resident {memory:.0f} MiB before and "
        f"{mebibytes(pid, 'VmRSS'):.0f} MiB after", flush=True)
    seconds = (processor_seconds(pid) - begin) / minutes
    return {
        "ratio": seconds / 60, "ours": seconds, "theirs": 60.0, "our_memory": mebibytes(pid, "VmHWM"), "their_memory": None,
    }


def bench_sources(folder, _, __):
    """Processor time of a minute, as a share of one core."""
    home = folder / "sources"
    home.mkdir()
    cluster, registry = Cluster(home), LoggingRegistry(home)
    controller = None
    try:
        push(home, registry)
        controller = subprocess.Popen(
            [SLUICE, "controller", "--kubeconfig", cluster.folder / "kubeconfig", "--storage-path", home / "store",
             "--storage-addr", f"127.0.0.1:{free_port()}", "--metrics-addr", f"127.0.0.1:{free_port()}", "--health-addr",
             f"127.0.0.1:{free_port()}"], stdout=(home / "controller.log").open("w"), stderr=subprocess.STDOUT)
        create(cluster, registry)
        time.sleep(60)  # until the intervals have spread
        result = measure(cluster, registry, controller.pid)
        return (f"{SOURCES:,} sources that are up to date, for a minute", "one core", result)
    finally:
        if controller:
            controller.terminate()
            controller.wait()
        registry.stop()
        cluster.run("stop")

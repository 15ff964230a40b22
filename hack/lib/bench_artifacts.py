"""Pulling, pushing and listing artifacts beside crane, oras and tar."""

import asyncio
import http.client
import json
import pathlib
import random
import subprocess
import sys
import threading

from bench_kit import PEERS, SLUICE, free_port, listens, pairs, wait_for

MANIFEST = "application/vnd.oci.image.manifest.v1+json"


def make_tree(folder, megabytes, files):
    """Fills the folder in another process: the memory of this one would count as that of the commands it starts."""
    subprocess.run([sys.executable, __file__, "tree", folder, str(megabytes), str(files)], check=True)


def fill_tree(folder, megabytes, files):
    """Text that compresses, and noise that does not: about 150 MB of gzip for 200 MB."""
    source = random.Random(7)
    size = megabytes * 1_000_000 // files
    noise_size = size * 7 // 10
    text = " ".join(source.choices([f"word{n}" for n in range(4000)], k=1_000_000)).encode()
    for number in range(files):
        path = folder / f"dir{number % 50}" / f"file{number}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        start = source.randrange(len(text) - size)
        path.write_bytes(text[start : start + size - noise_size] + source.randbytes(noise_size))


def push(tree, reference):
    subprocess.run(
        [SLUICE, "push", "artifact", f"oci://{reference}", "--path", tree, "--source", "bench", "--revision", "bench",
         "--insecure-registry"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


class Output:
    """A new directory for each run. The old ones are emptied, to give their memory back, but not deleted: for a minute, ext4
    searches long for inodes in place of those that were, and that search would be most of what is measured."""

    def __init__(self, folder):
        self.folder = folder
        self.path = folder / "out"
        self.spent = 0

    def renew(self):
        if self.path.exists():
            old = self.path.rename(self.folder / f"spent{self.spent}")
            self.spent += 1
            for path in old.rglob("*.yaml"):
                with path.open("w"):
                    pass
        self.path.mkdir()


def pull(folder, registry, runs, megabytes, what):
    folder = folder / f"pull{megabytes}"
    folder.mkdir()
    tree = folder / "tree"
    make_tree(tree, megabytes, megabytes * 10)
    reference = f"127.0.0.1:{registry.port}/pull{megabytes}:v1"
    push(tree, reference)
    output = Output(folder)
    result = pairs(
        f"exec {SLUICE} pull artifact oci://{reference} --output {output.path} --insecure-registry",
        f"{PEERS}/crane export --insecure {reference} - | tar x -C {output.path}", runs, output.renew)
    return (what, "`crane export \\| tar x`", result)


def bench_pull(folder, registry, runs):
    return pull(folder, registry, runs, 200, "pull, verify and unpack 150 MB of gzip (200 MB, 2,000 files)")


def bench_pull_large(folder, registry, runs):
    return pull(folder, registry, min(runs, 3), 1250, "the same with 1 GB of gzip (1.25 GB, 12,500 files)")


def bench_push(folder, registry, runs):
    tree = folder / "push"
    make_tree(tree, 200, 2000)
    host = f"127.0.0.1:{registry.port}"

    def ours(number):
        return (f"exec {SLUICE} push artifact oci://{host}/ours{number}:v1 --path {tree} --source bench --revision bench "
                "--insecure-registry")

    def theirs(number):
        return (f"cd {folder} && tar czf push.tgz -C {tree} . && {PEERS}/oras push --plain-http {host}/theirs{number}:v1 "
                "push.tgz:application/vnd.cncf.flux.content.v1.tar+gzip")

    return ("pack and push 200 MB (2,000 files)", "`tar czf && oras push`", pairs(ours, theirs, runs))


class SlowLine:
    """Relays to a port with ten milliseconds on each way, as to a registry on the same continent."""

    delay = 0.01

    def __init__(self, target):
        self.target = target
        self.port = free_port()
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_until_complete, args=(self.serve(),), daemon=True).start()
        wait_for("the slow line listens", lambda: listens(self.port))

    async def serve(self):
        server = await asyncio.start_server(self.connected, "127.0.0.1", self.port)
        async with server:
            await server.serve_forever()

    async def connected(self, reader, writer):
        other_reader, other_writer = await asyncio.open_connection("127.0.0.1", self.target)
        await asyncio.gather(self.relay(reader, other_writer), self.relay(other_reader, writer))

    async def relay(self, reader, writer):
        try:
            while data := await reader.read(1 << 16):
                await asyncio.sleep(self.delay)
                writer.write(data)
            writer.close()
        except ConnectionError:
            writer.close()


def bench_list(folder, registry, runs):
    tree = folder / "list"
    tree.mkdir()
    (tree / "map.yaml").write_text("kind: List\n")
    push(tree, f"127.0.0.1:{registry.port}/list:first")
    connection = http.client.HTTPConnection("127.0.0.1", registry.port)
    connection.request("GET", "/v2/list/manifests/first", headers={"Accept": MANIFEST})
    manifest = json.loads(connection.getresponse().read())
    for number in range(1000):
        manifest["annotations"]["org.opencontainers.image.revision"] = f"main@sha1:{number:040x}"
        connection.request("PUT", f"/v2/list/manifests/v{number}", json.dumps(manifest), {"Content-Type": MANIFEST})
        connection.getresponse().read()
    connection.request("DELETE", "/v2/list/manifests/first")
    connection.getresponse().read()
    line = SlowLine(registry.port)
    result = pairs(
        f"exec {SLUICE} list artifacts oci://127.0.0.1:{line.port}/list --insecure-registry",
        f"exec {sys.executable} {__file__} list {line.port}", min(runs, 3))
    return ("list 1,000 tags over a line of 20 ms", "one request after another, one connection", result)


def ask_one_after_another(port):
    """The peer of `list artifacts`: the fastest that one connection with one request at a time can be."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("GET", "/v2/list/tags/list")
    for tag in json.loads(connection.getresponse().read())["tags"]:
        connection.request("GET", f"/v2/list/manifests/{tag}", headers={"Accept": MANIFEST})
        json.loads(connection.getresponse().read())


if __name__ == "__main__":
    if sys.argv[1] == "tree":
        fill_tree(pathlib.Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
    else:
        ask_one_after_another(int(sys.argv[2]))

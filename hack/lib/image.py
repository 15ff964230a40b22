"""Puts a binary, the shared libraries it needs and what a process expects around it into an OCI image layout.

Two layers: the libraries and files that seldom change, and the binary. Nothing of this machine but their bytes gets in:
names are sorted, times and owners are fixed, and the certificates are those of the package, not of this machine.
"""

import argparse
import datetime
import gzip
import hashlib
import io
import json
import pathlib
import re
import subprocess
import tarfile

USER = 65532
PLACES = ("/lib/", "/lib64/", "/bin/", "/sbin/")


class Layer:
    """A tarball that depends on its entries alone."""

    def __init__(self, epoch):
        self.epoch, self.entries = epoch, {}

    def _add(self, name, kind, mode, owner=0, data=b"", target=""):
        for parent in reversed(pathlib.PurePosixPath(name).parents):
            if str(parent) not in (".", *self.entries):
                self._add(str(parent), tarfile.DIRTYPE, 0o755)
        info = tarfile.TarInfo(name)
        info.type, info.mode, info.uid, info.gid = kind, mode, owner, owner
        info.mtime, info.size, info.linkname = self.epoch, len(data), target
        self.entries[name] = (info, data)

    def directory(self, name, mode=0o755, owner=0):
        self._add(name, tarfile.DIRTYPE, mode, owner)

    def link(self, name, target):
        self._add(name, tarfile.SYMTYPE, 0o777, target=target)

    def file(self, name, data, mode=0o644):
        self._add(name, tarfile.REGTYPE, mode, data=data)

    def pack(self):
        raw = io.BytesIO()
        with tarfile.open(fileobj=raw, mode="w", format=tarfile.PAX_FORMAT) as archive:
            for name in sorted(self.entries):
                info, data = self.entries[name]
                archive.addfile(info, io.BytesIO(data))
        return raw.getvalue()


class Layout:
    """An OCI image layout (image-layout.md)."""

    def __init__(self, path):
        self.path = pathlib.Path(path)
        (self.path / "blobs/sha256").mkdir(parents=True)
        self.write("oci-layout", json.dumps({"imageLayoutVersion": "1.0.0"}).encode())

    def write(self, name, data):
        (self.path / name).write_bytes(data)

    def blob(self, media_type, data):
        digest = hashlib.sha256(data).hexdigest()
        self.write(f"blobs/sha256/{digest}", data)
        return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": len(data)}

    def document(self, media_type, tree):
        return self.blob(media_type, json.dumps(tree, sort_keys=True, separators=(",", ":")).encode())


def run(*command):
    environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}
    return subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout


def merged(path):
    """The path as it is where /lib and its kin are links into /usr."""
    return "/usr" + path if path.startswith(PLACES) else path


def libraries(binary):
    """What the loader maps, and the loader itself: each path that is looked up, below /usr."""
    output = run("ldd", binary)
    if "not found" in output:
        raise SystemExit(f"hack/image: {binary} lacks libraries on this machine:\n{output}")
    return sorted({merged(path) for path in re.findall(r"(/\S+) \(0x", output)})


def packages(paths):
    """The Debian packages that own the files, for their licences and for scanners that look for known defects."""
    found = set()
    for path in paths:
        real = str(pathlib.Path(path).resolve())
        for name in (real, real.removeprefix("/usr")):
            owner = subprocess.run(("dpkg-query", "-S", name), capture_output=True, text=True, check=False)
            if owner.returncode == 0:
                found.add(owner.stdout.split(": ")[0].split(", ")[0])
                break
    return sorted(found)


def base_layer(binary, epoch):
    layer = Layer(epoch)
    for name in ("bin", "lib", "lib64", "sbin"):
        layer.directory(f"usr/{name}")
        layer.link(name, f"usr/{name}")
    found = libraries(binary)
    for path in found:
        layer.file(path.lstrip("/"), pathlib.Path(path).read_bytes(), 0o755)
    certificates = sorted(pathlib.Path("/usr/share/ca-certificates/mozilla").glob("*.crt"))
    if not certificates:
        raise SystemExit("hack/image: the package ca-certificates is missing")
    layer.file("etc/ssl/certs/ca-certificates.crt", b"".join(one.read_bytes().rstrip() + b"\n" for one in certificates))
    layer.link("usr/lib/ssl/cert.pem", "/etc/ssl/certs/ca-certificates.crt")
    layer.file(
        "etc/passwd",
        f"root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:{USER}:{USER}:nonroot:/home/nonroot:/sbin/nologin\n".encode(),
    )
    layer.file("etc/group", f"root:x:0:\nnonroot:x:{USER}:\n".encode())
    layer.file("etc/nsswitch.conf", b"hosts: files dns\n")
    layer.directory("home/nonroot", 0o700, USER)
    layer.directory("data", 0o700, USER)
    layer.directory("tmp", 0o1777)
    for package in [*packages(found), "ca-certificates"]:
        name = package.split(":")[0]
        layer.file(f"var/lib/dpkg/status.d/{name}", run("dpkg-query", "-s", package).encode())
        terms = pathlib.Path(f"/usr/share/doc/{name}/copyright")
        if terms.exists():
            layer.file(f"usr/share/doc/{name}/copyright", terms.read_bytes())
    return layer


def binary_layer(binary, epoch):
    layer = Layer(epoch)
    layer.file("usr/bin/sluice", pathlib.Path(binary).read_bytes(), 0o755)
    return layer


def time(epoch):
    return datetime.datetime.fromtimestamp(epoch, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def build(options):
    layout = Layout(options.layout)
    created = time(options.epoch)
    labels = {
        "org.opencontainers.image.title": "sluice",
        "org.opencontainers.image.description": "Pulls Kubernetes configuration as OCI artifacts, proves who signed it, "
        "builds it and applies it.",
        "org.opencontainers.image.version": options.version,
        "org.opencontainers.image.revision": options.revision,
        "org.opencontainers.image.licenses": "Apache-2.0",
        "org.opencontainers.image.created": created,
    }
    layers, diffs, history = [], [], []
    for make, what in ((base_layer, "libraries and certificates"), (binary_layer, "sluice")):
        raw = make(options.binary, options.epoch).pack()
        layers.append(layout.blob("application/vnd.oci.image.layer.v1.tar+gzip", gzip.compress(raw, 6, mtime=0)))
        diffs.append("sha256:" + hashlib.sha256(raw).hexdigest())
        history.append({"created": created, "created_by": "hack/image", "comment": what})
    config = {
        "architecture": run("dpkg", "--print-architecture").strip(),
        "os": "linux",
        "created": created,
        "config": {
            "User": f"{USER}:{USER}",
            "Entrypoint": ["/usr/bin/sluice"],
            "Env": ["PATH=/usr/bin", "HOME=/home/nonroot"],
            "WorkingDir": "/",
            "Labels": labels,
        },
        "rootfs": {"type": "layers", "diff_ids": diffs},
        "history": history,
    }
    manifest_type = "application/vnd.oci.image.manifest.v1+json"
    manifest = layout.document(
        manifest_type,
        {
            "schemaVersion": 2,
            "mediaType": manifest_type,
            "config": layout.document("application/vnd.oci.image.config.v1+json", config),
            "layers": layers,
            "annotations": labels,
        },
    )
    layout.write("index.json", json.dumps({"schemaVersion": 2, "manifests": [manifest]}).encode())


parser = argparse.ArgumentParser()
parser.add_argument("binary")
parser.add_argument("layout")
parser.add_argument("--version", required=True)
parser.add_argument("--revision", required=True)
parser.add_argument("--epoch", type=int, default=0)
build(parser.parse_args())

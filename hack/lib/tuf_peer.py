"""The reference implementation of TUF (python-tuf) as a peer of our client's tests: makes a repository, and reads one.

usage: tuf_peer.py make FOLDER          metadata/ and targets/ below FOLDER, and first.root.json
       tuf_peer.py read FOLDER TARGET   the target, by its client, from FOLDER/first.root.json on
"""

import hashlib
import pathlib
import sys
import tempfile
from datetime import datetime, timedelta, timezone

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from securesystemslib.signer import CryptoSigner, SSlibKey
from tuf.api.metadata import (
    DelegatedRole, Delegations, Key, Metadata, MetaFile, Root, Snapshot, TargetFile, Targets, Timestamp,
)
from tuf.api.exceptions import DownloadHTTPError
from tuf.ngclient import FetcherInterface, Updater

EXPIRES = datetime.now(timezone.utc).replace(microsecond=0) + timedelta(days=30)
TARGETS = {"trusted_root.json": b'{"made": "by python-tuf"}', "deep/er/\u00e9 file.txt": b"unicode\n", "bin/one": b"1"}


def signers():
    """A key of each kind that the reference implementation signs with."""
    return {
        "ed25519": CryptoSigner(ed25519.Ed25519PrivateKey.generate()),
        "p256": CryptoSigner(ec.generate_private_key(ec.SECP256R1())),
        "p384": CryptoSigner(ec.generate_private_key(ec.SECP384R1())),
        "p521": CryptoSigner(ec.generate_private_key(ec.SECP521R1())),
        "rsa": CryptoSigner(rsa.generate_private_key(public_exponent=65537, key_size=2048)),
        "pkcs1": pkcs1(),
    }


def pkcs1():
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return CryptoSigner(key, SSlibKey.from_crypto(key.public_key(), scheme="rsa-pkcs1v15-sha256"))


def write(folder, name, metadata, *by):
    metadata.signatures.clear()
    for signer in by:
        metadata.sign(signer, append=True)
    path = folder / "metadata" / name
    path.write_bytes(metadata.to_bytes())
    return path.read_bytes()


def described(version, content):
    return MetaFile(version, len(content), {"sha256": hashlib.sha256(content).hexdigest()})


def make(folder):
    for name in ("metadata", "targets"):
        (folder / name).mkdir(parents=True)
    key = signers()
    root = Metadata(Root(expires=EXPIRES))
    for signer in (key["ed25519"], key["p256"], key["rsa"]):
        root.signed.add_key(signer.public_key, "root")
    root.signed.roles["root"].threshold = 3
    for role, signer in (("timestamp", "pkcs1"), ("snapshot", "p384"), ("targets", "p521"), ("targets", "rsa")):
        root.signed.add_key(key[signer].public_key, role)
    root.signed.roles["targets"].threshold = 2
    first = write(folder, "1.root.json", root, key["ed25519"], key["p256"], key["rsa"])
    (folder / "first.root.json").write_bytes(first)
    # Another key instead of one of three; the old one signs for the last time.
    root.signed.revoke_key(key["ed25519"].public_key.keyid, "root")
    root.signed.add_key(key["p384"].public_key, "root")
    root.signed.version = 2
    write(folder, "2.root.json", root, key["ed25519"], key["p256"], key["rsa"], key["p384"])

    bins = Metadata(Targets(expires=EXPIRES))
    add(folder, bins, "bin/one")
    bins_bytes = write(folder, "1.bins.json", bins, key["ed25519"])
    deep = Metadata(Targets(expires=EXPIRES))
    add(folder, deep, "deep/er/\u00e9 file.txt")
    deep_bytes = write(folder, "1.deep role.json", deep, key["p256"])

    targets = Metadata(Targets(expires=EXPIRES))
    add(folder, targets, "trusted_root.json")
    prefix = hashlib.sha256(b"bin/one").hexdigest()[:2]
    roles = [
        DelegatedRole("deep role", [key["p256"].public_key.keyid], 1, False, paths=["deep/*/*.txt"]),
        DelegatedRole("bins", [key["ed25519"].public_key.keyid], 1, True, path_hash_prefixes=[prefix]),
    ]
    keys = {signer.public_key.keyid: signer.public_key for signer in (key["p256"], key["ed25519"])}
    targets.signed.delegations = Delegations(keys, {role.name: role for role in roles})
    targets_bytes = write(folder, "1.targets.json", targets, key["p521"], key["rsa"])

    snapshot = Metadata(Snapshot(expires=EXPIRES))
    snapshot.signed.meta = {
        "targets.json": described(1, targets_bytes), "deep role.json": described(1, deep_bytes),
        "bins.json": described(1, bins_bytes),
    }
    snapshot_bytes = write(folder, "1.snapshot.json", snapshot, key["p384"])
    timestamp = Metadata(Timestamp(expires=EXPIRES))
    timestamp.signed.snapshot_meta = described(1, snapshot_bytes)
    write(folder, "timestamp.json", timestamp, key["pkcs1"])


def add(folder, metadata, path):
    content = TARGETS[path]
    metadata.signed.targets[path] = TargetFile.from_data(path, content, ["sha256"])
    place = folder / "targets" / pathlib.PurePosixPath(path)
    place.parent.mkdir(parents=True, exist_ok=True)
    (place.parent / f"{hashlib.sha256(content).hexdigest()}.{place.name}").write_bytes(content)


class Files(FetcherInterface):
    """Reads below a folder what its client asks for below a made-up URL."""

    def __init__(self, folder):
        self.folder = folder

    def _fetch(self, url):
        path = self.folder / url.removeprefix("https://tuf.invalid/")
        if not path.exists():
            raise DownloadHTTPError("not there", 404)
        yield path.read_bytes()


def read(folder, target):
    with tempfile.TemporaryDirectory() as cache:
        updater = Updater(
            metadata_dir=cache,
            metadata_base_url="https://tuf.invalid/",
            target_base_url="https://tuf.invalid/targets/",
            target_dir=cache,
            fetcher=Files(folder),
            bootstrap=(folder / "first.root.json").read_bytes(),
        )
        info = updater.get_targetinfo(target)
        if info is None:
            sys.exit(f"no target {target}")
        sys.stdout.write(pathlib.Path(updater.download_target(info)).read_text())


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(pathlib.Path(sys.argv[2]))
    else:
        read(pathlib.Path(sys.argv[2]), sys.argv[3])

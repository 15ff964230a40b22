"""Measures sluice beside its peers and prints the table of the ratios."""

import argparse
import os
import pathlib
import sys
import shutil
import tempfile

from bench_artifacts import bench_list, bench_pull, bench_pull_large, bench_push
from bench_cluster import bench_latency
from bench_kit import Registry, table, write_readme
from bench_kustomize import (
    bench_kustomize, bench_kustomize_growth, bench_kustomize_large, bench_kustomize_parallel, bench_kustomize_small,
    bench_kustomize_start, bench_kustomize_yaml)
from bench_sources import bench_sources
from bench_trust import bench_offline, bench_verify, bench_verify_digest

# The table's rows in their order, under the names that --only takes.
BENCHES = {
    "pull": bench_pull,
    "pull-large": bench_pull_large,
    "push": bench_push,
    "list": bench_list,
    "verify": bench_verify,
    "verify-digest": bench_verify_digest,
    "verify-offline": bench_offline,
    "latency": bench_latency,
    "sources": bench_sources,
    "kustomize": bench_kustomize,
    "kustomize-large": bench_kustomize_large,
    "kustomize-small": bench_kustomize_small,
    "kustomize-start": bench_kustomize_start,
    "kustomize-growth": bench_kustomize_growth,
    "kustomize-parallel": bench_kustomize_parallel,
    "kustomize-yaml": bench_kustomize_yaml,
}


def memory_folder():
    """Where files cost memory alone: a disk's own work, which comes when it likes, would be most of what is measured."""
    shared = pathlib.Path("/dev/shm")
    return shared if shared.is_dir() and shutil.disk_usage(shared).free > 8 << 30 else None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", choices=BENCHES, action="append", help="one row; may be given several times; --write then leaves the table's other rows")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=memory_folder()) as name:
        folder = pathlib.Path(name)
        os.environ["TMPDIR"] = name
        registry = Registry(folder)
        try:
            rows = [
                bench(folder, registry, options.runs) for key, bench in BENCHES.items()
                if not options.only or key in options.only
            ]
        finally:
            registry.stop()
    text = table(rows)
    print(text)
    if options.write:
        write_readme(text, keep=bool(options.only))


sys.exit(main())

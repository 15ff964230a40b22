"""What the benches share: whole processes side by side with their peers, pair by pair, so that a machine whose speed drifts
does no harm."""

import os
import pathlib
import socket
import statistics
import subprocess
import tempfile
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


class Measured:
    """A command with a file as its standard input: wall and processor seconds, and the MiB of its largest process."""

    def __init__(self, command, lines=os.devnull, environment=None):
        with open(lines) as source, tempfile.TemporaryFile() as errors:
            begin = time.monotonic()
            process = subprocess.Popen(
                command, stdin=source, stdout=subprocess.DEVNULL, stderr=errors, env=environment)
            _, status, usage = os.wait4(process.pid, 0)
            self.seconds = time.monotonic() - begin
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode:
                errors.seek(0)
                raise SystemExit(f"{command}\n{errors.read()[-2000:].decode()}")
        self.processor = usage.ru_utime + usage.ru_stime
        self.mebibytes = usage.ru_maxrss / 1024


class Registry:
    def __init__(self, folder):
        self.port = free_port()
        (folder / "registry.yml").write_text(
            f"version: 0.1\nlog: {{accesslog: {{disabled: true}}, level: error}}\n"
            f"storage: {{filesystem: {{rootdirectory: {folder}/registry}}}}\nhttp: {{addr: '127.0.0.1:{self.port}'}}\n")
        # Half of its time goes into collecting garbage from a heap of 4 MB, and it is not what is measured.
        self.process = subprocess.Popen(
            [PEERS / "docker-registry", "serve", folder / "registry.yml"], stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, env={**os.environ, "GOGC": "1000"})
        wait_for("the registry listens", lambda: listens(self.port))

    def stop(self):
        self.process.terminate()
        self.process.wait()


def pairs(ours, theirs, runs, before=lambda: None):
    """Medians of the ratios ours/theirs, run in turn. A command is a text, or a function that makes one of a number."""
    results = []

    def run(command, number):
        before()
        return Run(command if isinstance(command, str) else command(number))

    for number in range(runs + 1):
        pair = (run(ours, number), run(theirs, number))
        if number:  # the first pair warms the caches
            results.append(pair)
    return {
        "ratio": statistics.median(a.seconds / b.seconds for a, b in results),
        "ours": statistics.median(a.seconds for a, _ in results), "theirs": statistics.median(b.seconds for _, b in results),
        "our_memory": max(a.mebibytes for a, _ in results), "their_memory": max(b.mebibytes for _, b in results),
    }


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
            f"| {what} | {peer} | **{r['ratio']:{'.2f' if r['ratio'] >= 0.1 else '.3f'}}** | {r['ours']:.2f} s | {r['theirs']:.2f} s | {memory(r['our_memory'])} | "
            f"{memory(r['their_memory'])} |")
    return "\n".join(lines)


def write_readme(text, keep):
    """Puts the table into the README; with keep, its rows replace those of the same name and the others stay."""
    readme = ROOT / "README.md"
    content = readme.read_text()
    begin, end = "<!-- bench -->\n", "<!-- /bench -->"
    head, rest = content.split(begin, 1)
    old, tail = rest.split(end, 1)
    if keep:
        text = "\n".join(merged(old.splitlines(), text.splitlines()))
    readme.write_text(head + begin + text + "\n" + end + tail)


def merged(old, new):
    rows = {line.split(" | ")[0]: line for line in old}
    rows.update((line.split(" | ")[0], line) for line in new)
    return rows.values()

"""Writes Sources/ArtifactTrust/Requirements/ZoneTable.swift: the rule that each zone of Debian's tzdata follows now.

Run it after a new tzdata: python3 hack/lib/zones.py
"""
import collections
import pathlib
import re
import subprocess
import textwrap

ROOT = pathlib.Path("/usr/share/zoneinfo")
TARGET = pathlib.Path(__file__).parents[2] / "Sources/ArtifactTrust/Requirements/ZoneTable.swift"
SKIPPED = {"posixrules", "Factory", "localtime"}


def rules():
    found = collections.defaultdict(list)
    for path in sorted(ROOT.rglob("*")):
        name = str(path.relative_to(ROOT))
        if name.split("/")[0] in {"posix", "right"} or name in SKIPPED or not path.is_file():
            continue
        data = path.read_bytes()
        if data[:4] != b"TZif":
            continue
        footer = data.rstrip(b"\n").rsplit(b"\n", 1)[-1].decode("ascii")
        # What the hours are called does not matter here.
        names, comma, rest = footer.partition(",")
        calls = iter(["STD", "DST"])
        footer = re.sub(r"<[^>]*>|[A-Za-z]{3,}", lambda _: next(calls), names) + comma + rest
        found[footer].append(name)
    return found


def main():
    version = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Version}", "tzdata"], capture_output=True, text=True, check=True
    ).stdout
    lines = []
    for rule, names in sorted(rules().items()):
        lines += textwrap.wrap(f"{rule} {' '.join(names)}", 112, subsequent_indent="+ ", break_on_hyphens=False,
                               break_long_words=False)
    body = "\n".join("        " + line for line in lines)
    TARGET.write_text(f'''/// The rule that each time zone follows now, from Debian's tzdata {version}; hack/lib/zones.py writes this file.
enum ZoneTable {{
    /// Lines of a POSIX rule and the zones that follow it; a line that begins with `+` continues the one before.
    static let text = """
{body}
        """
}}
''')


main()

"""Writes Sources/KustomizeBuild/KubernetesSchema.swift from the OpenAPI document that kustomize is built with.

    kube_schema.py KUSTOMIZE > FILE

KUSTOMIZE is the program itself: it holds the document (Kubernetes 1.21.2, OpenAPI v2 as gnostic's protobuf) as one
compressed file, and prints no more of it than its version. What merging and naming need of it is kept: which fields
there are, the lists that merge, by what keys, and which types live outside of namespaces.
"""

import re
import sys
import zlib

MERGE = "x-kubernetes-patch-strategy"
MERGE_KEY = "x-kubernetes-patch-merge-key"
MAP_KEYS = "x-kubernetes-list-map-keys"
TYPES = "x-kubernetes-group-version-kind"


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at


def fields(data):
    """The fields of a protobuf message: number to values."""
    at, found = 0, {}
    while at < len(data):
        key, at = varint(data, at)
        number, wire = key >> 3, key & 7
        if wire == 0:
            value, at = varint(data, at)
        else:
            size, at = varint(data, at) if wire == 2 else ({1: 8, 5: 4}[wire], at)
            value, at = data[at : at + size], at + size
        found.setdefault(number, []).append(value)
    return found


def named(data, number):
    """The pairs of a repeated Named… message, undecoded."""
    for entry in fields(data).get(number, []):
        pair = fields(entry)
        yield pair[1][0].decode(), pair.get(2, [b""])[0]


def extensions(message, number):
    return {pair[1][0].decode(): fields(pair[2][0]).get(2, [b""])[0].decode()
            for pair in map(fields, message.get(number, []))}


def document(program):
    for match in re.finditer(rb"\x1f\x8b\x08", program):
        try:
            data = zlib.decompressobj(31).decompress(program[match.start() :])
        except zlib.error:
            continue
        if data.startswith(b"\n\x032.0"):
            return fields(data)
    sys.exit("the program holds no OpenAPI document; is it kustomize itself, and not a launcher?")


class Schemas:
    """Definitions turned into forms: the fields that each knows, and how they merge. Equal forms are one."""

    def __init__(self, definitions):
        self.definitions = definitions
        self.known = {}
        self.open = set()
        self.rows = [""]

    def definition(self, name):
        if name not in self.known and name in self.open:
            # It holds itself: its row is kept free until all of it is known.
            self.known[name] = len(self.rows)
            self.rows.append(None)
        if name not in self.known:
            self.open.add(name)
            row = self.row(fields(self.definitions[name]))
            self.open.remove(name)
            if name in self.known:
                self.rows[self.known[name]] = row
            else:
                self.known[name] = self.number(row)
        return self.known[name]

    def form(self, schema):
        if 1 in schema:
            return self.definition(schema[1][0].decode().removeprefix("#/definitions/"))
        return self.number(self.row(schema))

    def row(self, schema):
        if 1 in schema:
            sys.exit("a definition is another one's name; the table has no form for it")
        properties = named(schema[25][0], 1) if 25 in schema else []
        words = sorted(name + self.suffix(fields(value)) for name, value in properties)
        values = fields(schema[21][0]) if 21 in schema else {}
        return " ".join(words + (["*" + self.suffix(fields(values[1][0]))] if 1 in values else []))

    def suffix(self, schema):
        hints = extensions(schema, 31)
        kind = [text.decode() for text in fields(schema[22][0])[1]] if 22 in schema else []
        if kind != ["array"]:
            form = self.form(schema)
            return f"={form}" if form else ""
        if "merge" not in hints.get(MERGE, "").strip().split(","):
            return ""
        keys = re.findall(r"^- (.*)$", hints.get(MAP_KEYS, ""), re.M) or hints.get(MERGE_KEY, "").split()
        items = fields(fields(schema[23][0])[1][0])
        return f"=[{','.join(keys)}]{self.form(items)}" if keys else "=[]"

    def number(self, row):
        if row not in self.rows:
            self.rows.append(row)
        return self.rows.index(row)


def type_fields(text):
    """`apiVersion kind` of each entry of a group-version-kind extension."""
    for block in re.split(r"^- ", text, flags=re.M):
        pairs = dict(re.findall(r"^ *(\w+): \"?(.*?)\"?$", block, re.M))
        if "kind" in pairs:
            group, version = pairs.get("group", ""), pairs["version"]
            yield f"{group}/{version}" if group else version, pairs["kind"]


def scopes(paths):
    namespaced, cluster = set(), set()
    for path, item in named(paths, 2):
        get = fields(item).get(2)
        if not get:
            continue
        for kind in type_fields(extensions(fields(get[0]), 13).get(TYPES, "")):
            (namespaced if "namespaces/{namespace}" in path else cluster).add(kind)
    return namespaced, cluster - namespaced


def table(rows):
    """The elements of an array, as many on a line as fit."""
    lines = [""]
    for text in map(literal, rows):
        room = 110 - len(lines[-1])
        lines[-1:] = [f"{lines[-1]} {text},".strip()] if len(text) < room and "+" not in lines[-1] else [
            lines[-1], f"{text},"]
    return "\n".join(f"        {line}" for line in lines)


def literal(row):
    """A Swift literal, in pieces of at most 100 characters."""
    pieces = [""]
    for word in row.split(" "):
        if pieces[-1] and len(pieces[-1]) + len(word) > 100:
            pieces[-1] += " "
            pieces.append("")
        pieces[-1] += word if not pieces[-1] else f" {word}"
    return "\n            + ".join(f'"{piece}"' for piece in pieces)


def by_kind(pairs):
    kinds = {}
    for (version, kind), value in pairs:
        kinds.setdefault((kind, value), []).append(version)
    return [" ".join([kind, value, *sorted(versions)]).replace("  ", " ")
            for (kind, value), versions in sorted(kinds.items())]


def main(program):
    with open(program, "rb") as file:
        openapi = document(file.read())
    definitions = dict(named(openapi[9][0], 1))
    schemas = Schemas(definitions)
    types = []
    for name, data in sorted(definitions.items()):
        for kind in type_fields(extensions(fields(data), 31).get(TYPES, "")):
            if kind[1] != "WatchEvent":
                types.append((kind, str(schemas.definition(name))))
    version = fields(openapi[2][0])[2][0].decode()
    namespaced, cluster = (by_kind((kind, "") for kind in kinds) for kinds in scopes(openapi[8][0]))
    print(f"""\
/// What kustomize knows of the types of Kubernetes {version}: how their lists merge, and their scope.
///
/// Written by hack/generate from the OpenAPI document inside of kustomize; edit hack/lib/kube_schema.py instead.
enum KubernetesSchema {{
    static let version = "{version}"

    /// The fields of a map, one row a form: `field=form` for maps, `field=[keys]form` for lists of maps that merge,
    /// `field=[]` for lists of scalars that merge, `field` for what is known to hold nothing that merges. `*` stands
    /// for the fields of a map whose keys are free. Form 0 has no field of which anything is known.
    static let forms: [String] = [
{table(schemas.rows)}
    ]

    /// `kind form apiVersion…`, sorted as all tables of types are.
    static let types: [String] = [
{table(by_kind(types))}
    ]

    /// `kind apiVersion…` of everything in namespaces.
    static let namespaced: [String] = [
{table(namespaced)}
    ]

    /// `kind apiVersion…` of everything outside of namespaces.
    static let clusterScoped: [String] = [
{table(cluster)}
    ]
}}""")


main(*sys.argv[1:])

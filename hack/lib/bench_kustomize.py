"""Builds of kustomizations beside the real kustomize, and how their cost grows."""

import re
import statistics
import subprocess

from bench_kit import PEERS, SLUICE, Measured, pairs

APPLICATION = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: app-{n}
  labels:
    app: app-{n}
spec:
  replicas: 2
  selector:
    matchLabels:
      app: app-{n}
  template:
    metadata:
      labels:
        app: app-{n}
    spec:
      serviceAccountName: app-{n}
      containers:
      - name: main
        image: registry.example.com/team/app:v1.2.3
        args: ["--port=8080", "--config=/etc/app/config.yaml"]
        env:
        - name: LOG_LEVEL
          value: info
        - name: TOKEN
          valueFrom:
            secretKeyRef:
              name: app-{n}
              key: token
        ports:
        - containerPort: 8080
          name: http
        resources:
          limits:
            cpu: "1"
            memory: 512Mi
        volumeMounts:
        - mountPath: /etc/app
          name: config
      volumes:
      - name: config
        configMap:
          name: app-{n}
---
apiVersion: v1
kind: Service
metadata:
  name: app-{n}
spec:
  selector:
    app: app-{n}
  ports:
  - port: 80
    targetPort: http
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: app-{n}
data:
  config.yaml: |
    server:
      port: 8080
    log: info
---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: app-{n}
"""

OVERLAY = """\
resources: [../base]
namespace: prod
namePrefix: prod-
labels:
- pairs: {env: prod}
images:
- name: registry.example.com/team/app
  newTag: v2.0.0
patches:
- target: {kind: Deployment}
  patch: |
    - op: replace
      path: /spec/replicas
      value: 3
"""


def overlay(folder, applications):
    """An overlay over applications of four objects, one file each; made once."""
    top = folder / f"kustomize{applications}"
    if not top.exists():
        (top / "base").mkdir(parents=True)
        (top / "overlay").mkdir()
        names = [f"app{number}.yaml" for number in range(applications)]
        for number, name in enumerate(names):
            (top / "base" / name).write_text(APPLICATION.replace("{n}", str(number)))
        (top / "base/kustomization.yaml").write_text("resources:\n" + "".join(f"- {name}\n" for name in names))
        (top / "overlay/kustomization.yaml").write_text(OVERLAY)
    return top / "overlay"


def ours(path):
    return f"exec {SLUICE} kustomize {path}"


def theirs(path):
    return f"exec {PEERS}/kustomize-new build {path}"


def beside(folder, runs, applications, what):
    path = overlay(folder, applications)
    return (what, "`kustomize build` 5.8", pairs(ours(path), theirs(path), runs))


def bench_kustomize(folder, registry, runs):
    return beside(folder, min(runs, 3), 500, "build 2,000 objects of 500 files, an overlay with a JSON patch")


def bench_kustomize_large(folder, registry, runs):
    return beside(folder, 1, 1000, "the same with 4,000 objects")


def ten_objects(folder):
    if (folder / "kustomize2").exists():
        return folder / "kustomize2" / "overlay"
    path = overlay(folder, 2)
    with (path / "kustomization.yaml").open("a") as file:
        file.write("configMapGenerator:\n- {name: a, literals: [x=y]}\nsecretGenerator:\n- {name: b, literals: [x=y]}\n")
    return path


def bench_kustomize_small(folder, registry, runs):
    path = ten_objects(folder)
    return ("the same with ten objects", "`kustomize build` 5.8", pairs(ours(path), theirs(path), runs * 4))


def bench_kustomize_start(folder, registry, runs):
    """What the ten objects cost beyond the start of the process."""
    path = ten_objects(folder)
    result = pairs(ours(path), f"exec {SLUICE} --version", runs * 4)
    more = statistics.median(
        Measured([SLUICE, "kustomize", path]).processor - Measured([SLUICE, "--version"]).processor
        for _ in range(runs * 20))
    return ("ten objects, beside an empty process",
            f"`sluice --version` ({1000 * more:.1f} ms of CPU less, the median of {runs * 20} pairs)", result)


def bench_kustomize_growth(folder, registry, runs):
    return ("build 50,000 objects, beside 25,000", "`sluice kustomize`",
            pairs(ours(overlay(folder, 12500)), ours(overlay(folder, 6250)), min(runs, 3)))


def bench_kustomize_parallel(folder, registry, runs):
    one, other = ours(overlay(folder, 1000)), ours(overlay(folder, 1001))
    both = f"({one}) > /dev/null & ({other}) > /dev/null; first=$?; wait $! && exit $first"
    return ("two builds of 4,000 objects at once, beside one", "`sluice kustomize`", pairs(both, one, runs))


def bench_kustomize_yaml(folder, registry, runs):
    """Reading and writing alone: no transformers, one file of 10 MB. Beside libyaml's own scanner, through Python's binding,
    which makes nothing of the events."""
    top = folder / "kustomize-yaml"
    top.mkdir()
    (top / "all.yaml").write_text("---\n".join(APPLICATION.replace("{n}", str(number)) for number in range(8000)))
    (top / "kustomization.yaml").write_text("resources: [all.yaml]\nsortOptions: {order: fifo}\n")
    result = pairs(ours(top), f"exec wc -c {top}/all.yaml", runs)
    report = subprocess.run(
        [SLUICE, "kustomize", "--stats", top], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True).stderr
    phases = ", ".join(" ".join(line.split()) for line in report.splitlines() if re.search(r"read|writ|print", line))
    return ("read and print 10 MB of YAML, 32,000 objects", f"`wc -c` (of ours: {phases})", result)

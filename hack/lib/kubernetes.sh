# shellcheck shell=bash
# etcd, kube-apiserver and kubectl for hack/cluster, from Debian alone. Comes
# after lib/debian.sh.

: "${work:?}"
KUBERNETES_BIN=$CACHE/bin
# The version of kube_apiserver_build: raise it when the build changes, and a
# kube-apiserver that an earlier version built is built anew.
KUBERNETES_RECIPE=2

# kubernetes_assets: prints a folder with etcd, kube-apiserver and kubectl.
# KUBEBUILDER_ASSETS, the ecosystem's convention, comes first; it often has no
# kubectl, so then Debian's is put beside its two binaries.
kubernetes_assets() {
  local given=${KUBEBUILDER_ASSETS:-} tool beside
  if [[ -z $given ]]; then
    kubernetes_have etcd kube-apiserver kubectl || with_work kubernetes_fetch etcd kubectl kube-apiserver
    echo "$KUBERNETES_BIN"
    return
  fi
  given=$(cd "$given" 2>/dev/null && pwd) || die "KUBEBUILDER_ASSETS=$KUBEBUILDER_ASSETS is no folder"
  for tool in etcd kube-apiserver; do
    [[ -x $given/$tool ]] || die "KUBEBUILDER_ASSETS=$given has no $tool"
  done
  if [[ ! -x $given/kubectl ]]; then
    kubernetes_have kubectl || with_work kubernetes_fetch kubectl
    beside=$CACHE/assets.$(cksum <<<"$given" | cut -d ' ' -f 1)
    mkdir -p "$beside"
    ln -sfn "$given/etcd" "$given/kube-apiserver" "$KUBERNETES_BIN/kubectl" "$beside/"
    given=$beside
  fi
  echo "$given"
}

kubernetes_have() {
  local tool
  for tool in "$@"; do
    [[ -x $KUBERNETES_BIN/$tool ]] || return 1
    [[ $tool != kube-apiserver ]] || kubernetes_current || return 1
  done
}

# kubernetes_current: whether this version of the build made kube-apiserver.
kubernetes_current() {
  [[ $(cat "$KUBERNETES_BIN/kube-apiserver.recipe" 2>/dev/null) == "$KUBERNETES_RECIPE" ]]
}

# What another process made while this one waited for the lock is not made again.
kubernetes_fetch() {
  local tool
  mkdir -p "$KUBERNETES_BIN"
  for tool in "$@"; do
    kubernetes_have "$tool" && continue
    case $tool in
      etcd) debian_extract bookworm "$work" etcd-server ;;
      kubectl) debian_extract bookworm "$work" kubernetes-client ;;
      kube-apiserver) kube_apiserver ;;
    esac
    case $tool in
      kubectl) "$work/usr/bin/kubectl" version --client >/dev/null ;;
      *) "$work/usr/bin/$tool" --version >/dev/null ;;
    esac || die "$tool does not run"
    # Clusters may be running from the file that this replaces: mv, never cp.
    mv -f "$work/usr/bin/$tool" "$KUBERNETES_BIN/$tool"
    [[ $tool != kube-apiserver ]] || echo "$KUBERNETES_RECIPE" >"$KUBERNETES_BIN/kube-apiserver.recipe"
  done
}

kube_apiserver() {
  local log=$CACHE/build.log status
  say "building kube-apiserver from Debian's source package: about four minutes, once"
  # Where a status is tested, bash goes on after a failed command; hence this way.
  set +e
  (set -e && kube_apiserver_build) >"$log" 2>&1
  status=$?
  set -e
  [[ $status == 0 ]] || {
    tail -n 20 "$log" >&2
    die "kube-apiserver does not build ($log)"
  }
}

# kube_apiserver_build: leaves $work/usr/bin/kube-apiserver.
kube_apiserver_build() {
  local version packages reflect2=github.com/modern-go/reflect2
  version=$(debian_version bookworm golang-go | sed -E 's/^([0-9]+:)?([0-9]+\.[0-9]+).*/\2/')
  debian_extract bookworm "$work" "golang-$version-go" "golang-$version-src"
  mkdir -p "$work/source" "$work/go/src/k8s.io"
  cd "$work/source" || exit
  debian_source bookworm kubernetes
  mv kubernetes-*/ "$work/go/src/k8s.io/kubernetes"
  cd "$work/go/src/k8s.io/kubernetes" || exit

  # The reflect2 in the source, 1.0.1, does not know the map iterators of Go 1.18
  # and later: kube-apiserver would crash writing a custom resource with labels.
  debian_extract bookworm "$work" golang-github-modern-go-reflect2-dev
  rm -r "vendor/$reflect2"
  cp -r "$work/usr/share/gocode/src/$reflect2" "vendor/$reflect2"

  # The source holds its other dependencies, so it builds without modules,
  # network or C compiler.
  export GOROOT=$work/usr/lib/go-$version GOPATH=$work/go GOCACHE=$work/gocache
  export GO111MODULE=off CGO_ENABLED=0 GOFLAGS='' GOENV=off PATH=$work/usr/lib/go-$version/bin:$PATH

  # pkg/generated/openapi is generated when Kubernetes is built; the build rules
  # of its Makefile come down to this one command.
  go build -o "$work/openapi-gen" ./vendor/k8s.io/kube-openapi/cmd/openapi-gen
  packages=$(grep -rl --include='*.go' '+k8s:openapi-gen=' staging/src/k8s.io |
    xargs -n 1 dirname | sort -u | grep -Ev '/(examples|sample-apiserver|testapigroup)(/|$)' |
    sed 's|^staging/src/|k8s.io/kubernetes/vendor/|' | paste -sd ,)
  "$work/openapi-gen" --logtostderr -i "$packages" -p k8s.io/kubernetes/pkg/generated/openapi \
    -O zz_generated.openapi -h hack/boilerplate/boilerplate.generatego.txt -r /dev/null

  # Clients read the server's version; it stands in two packages.
  version=$(sed -nE '1s/^kubernetes \((.*really)?([0-9.]+)-.*/\2/p' debian/changelog)
  local flags='-s -w' package minor=${version#*.}
  for package in client-go/pkg/version component-base/version; do
    package=k8s.io/kubernetes/vendor/k8s.io/$package
    flags+=" -X $package.gitVersion=v$version -X $package.gitMajor=${version%%.*} -X $package.gitMinor=${minor%%.*}"
  done
  go build -trimpath -o "$work/usr/bin/kube-apiserver" -ldflags "$flags" ./cmd/kube-apiserver
}

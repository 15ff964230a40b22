# shellcheck shell=bash
# Debian packages without touching the system: sourced by hack/cluster and
# hack/peers, each of which keeps what it gets in a cache folder of its own.
#
# Nothing is installed and the machine's apt lists stay as they are: apt works
# on a state below a work folder, which goes away afterwards. The mirror is the
# machine's own: it is read from apt's configuration at run time, and apt's
# proxy, authentication and trust settings go on applying.

CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/sluice/${0##*/}
work=$CACHE/work

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
die() {
  say "error: $*"
  exit 1
}

# with_work COMMAND...: runs a command with $work, an empty folder, while no
# other process on this machine does so in this cache. It runs in a subshell,
# so lock and folder go however it ends; a killed one's folder goes next time.
with_work() {
  mkdir -p "$CACHE"
  (
    flock -n 9 || {
      say 'waiting for another run to finish'
      flock 9
    }
    trap 'rm -rf "$work"' EXIT
    rm -rf "$work"
    mkdir "$work"
    "$@" 9>&-
  ) 9>"$CACHE/lock"
}

# need COMMAND PACKAGE: installs what a bare machine lacks, where that is allowed.
need() {
  command -v "$1" >/dev/null && return
  [[ $(id -u) == 0 ]] || die "$1 is missing: install the Debian package $2"
  say "installing $2 (for $1)"
  { apt-get install -qq -y --no-install-recommends "$2" ||
    { apt-get update -qq && apt-get install -qq -y --no-install-recommends "$2"; }; } >&2 ||
    die "cannot install the Debian package $2, which has $1"
}

# Prints "URI<tab>keyring" for each archive of this machine that may be
# Debian's: an enabled source with Debian's suite name and component main.
# Other vendors use such names too, so debian_update looks at the answer.
debian_candidates() {
  local list='' parts='' codename files
  codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-stable}")
  eval "$(apt-config shell list Dir::Etc::sourcelist/f parts Dir::Etc::sourceparts/d)"
  files=("$list" "$parts"*.list "$parts"*.sources)
  local file reader
  for file in "${files[@]}"; do
    [[ -f $file ]] || continue
    reader=one_line_sources
    [[ $file == *.sources ]] && reader=deb822_sources
    # A comment may stand inside a stanza: it goes without leaving a blank line.
    sed -e '/^[[:space:]]*#/d' -e 's/^[[:space:]]*$//' "$file" | "$reader" "$codename"
  done
}

deb822_sources() {
  awk -v own="$1" '
    function has(words, word) { return index(" " words " ", " " word " ") }
    BEGIN { RS = ""; FS = "\n" }
    {
      split("", field); name = ""
      for (i = 1; i <= NF; i++) {
        line = $i; colon = index(line, ":")
        if (line !~ /^[ \t]/) { name = tolower(substr(line, 1, colon - 1)); line = substr(line, colon + 1) }
        gsub(/[ \t]+/, " ", line)
        field[name] = field[name] line
      }
      suites = field["suites"]
      if (field["enabled"] ~ /no|false|off/ || !has(field["types"], "deb") || !has(field["components"], "main")) next
      if (!has(suites, own) && !has(suites, "stable") && !has(suites, "oldstable")) next
      split(field["signed-by"], keyring, " "); n = split(field["uris"], uris, " ")
      for (i = 1; i <= n; i++) print uris[i] "\t" (keyring[1] ~ /^\// ? keyring[1] : "")
    }'
}

one_line_sources() {
  awk -v own="$1" '
    $1 == "deb" {
      keyring = ""
      if (match($0, /\[[^]]*\]/)) {
        options = substr($0, RSTART + 1, RLENGTH - 2)
        $0 = substr($0, 1, RSTART - 1) substr($0, RSTART + RLENGTH)
        if (match(options, /signed-by=\/[^ ,]*/)) keyring = substr(options, RSTART + 10, RLENGTH - 10)
      }
      if ($3 != own && $3 != "stable" && $3 != "oldstable") next
      for (i = 4; i <= NF; i++) if ($i == "main") { print $2 "\t" keyring; next }
    }'
}

# debian_apt STATE TOOL ARGS...: an apt tool on one of the private states.
debian_apt() {
  local state=$1 tool=$2
  shift 2
  LC_ALL=C "$tool" -c "$work/apt/$state/apt.conf" "$@"
}

# debian_state SUITE TYPE URI KEYRING: writes the private state SUITE.TYPE.
debian_state() {
  local dir=$work/apt/$1.$2
  mkdir -p "$dir/state/lists/partial" "$dir/cache/archives/partial"
  : >"$dir/state/status"
  {
    printf 'Types: %s\nURIs: %s\nSuites: %s\nComponents: main\n' "$2" "$3" "$1"
    printf 'Architectures: %s\nLanguages: none\n' "$(dpkg --print-architecture)"
    [[ $2 == deb ]] && echo 'Targets: Packages' || echo 'Targets: Sources'
    [[ -z $4 ]] || printf 'Signed-By: %s\n' "$4"
  } >"$dir/debian.sources"
  # Read after the machine's own configuration: pins and hooks are for the
  # system's packages, and apt's sandbox user cannot read a private folder.
  cat >"$dir/apt.conf" <<CONF
Dir::State "$dir/state";
Dir::State::status "$dir/state/status";
Dir::Cache "$dir/cache";
Dir::Etc::sourcelist "$dir/debian.sources";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
APT::Default-Release "";
APT::Sandbox::User "root";
APT::Update::Error-Mode "any";
Acquire::Retries "3";
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
CONF
}

# debian_update SUITE TYPE: the lists of a suite, got once. The first archive
# that calls itself Debian is the mirror.
debian_update() {
  local state=$1.$2 uri keyring candidates candidate
  [[ ! -f $work/apt/$state/ready ]] || return 0
  mapfile -t candidates < <(debian_candidates | sort -u)
  for candidate in "${candidates[@]}"; do
    IFS=$'\t' read -r uri keyring <<<"$candidate"
    debian_state "$1" "$2" "$uri" "$keyring"
    debian_apt "$state" apt-get update -qq >>"$work/apt/log" 2>&1 || continue
    # shellcheck disable=SC2016  # apt's own placeholder
    [[ $(debian_apt "$state" apt-get indextargets --format '$(ORIGIN)') == Debian* ]] || continue
    touch "$work/apt/$state/ready"
    return
  done
  cat "$work/apt/log" >&2 || true
  die "no archive in this machine's apt configuration gives Debian's suite $1"
}

# debian_extract SUITE DIR PACKAGE...: downloads packages and unpacks them below
# DIR, without their dependencies and without running their scripts.
debian_extract() {
  local suite=$1 dir=$2 debs deb
  shift 2
  debian_update "$suite" deb
  say "fetching $* from $suite"
  debs=$(mktemp -d "$work/debs.XXXXXX")
  (cd "$debs" && debian_apt "$suite.deb" apt-get download -qq "$@" >&2) ||
    die "cannot download $* from Debian's $suite"
  mkdir -p "$dir"
  for deb in "$debs"/*.deb; do
    dpkg -x "$deb" "$dir"
  done
  rm -rf "$debs"
}

# debian_source SUITE PACKAGE: unpacks a source package into the current folder.
# apt has checked it against the archive's signature.
debian_source() {
  need dpkg-source dpkg-dev
  debian_update "$1" deb-src
  debian_apt "$1.deb-src" apt-get source -qq --download-only "$2"
  dpkg-source --no-check -x ./*.dsc
}

# debian_version SUITE PACKAGE: the version that debian_extract fetches.
debian_version() {
  debian_update "$1" deb
  debian_apt "$1.deb" apt-cache show --no-all-versions "$2" | sed -n 's/^Version: //p'
}

# debian_libraries SUITE PACKAGE: the libraries that a package needs, directly or
# not, and that are not installed here. The C library is the machine's own.
debian_libraries() {
  local queue=("$2") package i
  for ((i = 0; i < ${#queue[@]}; i++)); do
    while read -r package; do
      [[ " ${queue[*]} " == *" $package "* ]] && continue
      dpkg-query --status "$package" >/dev/null 2>&1 || queue+=("$package")
    done < <(debian_apt "$1.deb" apt-cache depends "${queue[i]}" |
      sed -nE '/: (libc6|libgcc-s1)$/d; s/^ *\|?(Pre)?Depends: (lib.*)/\2/p')
  done
  ((i == 1)) || printf '%s\n' "${queue[@]:1}"
}

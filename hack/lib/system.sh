# shellcheck shell=bash
# Sourced by the scripts in hack/: what they need of the machine, installed only where it is missing.

# need COMMAND PACKAGE: makes sure that a command is there.
need() {
    command -v "$1" >/dev/null || install_packages "$2"
}

# install_packages NAME...: Debian packages, as root.
install_packages() {
    if [ "$(id -u)" != 0 ]; then
        echo "These Debian packages are needed: $*. Install them (apt-get install $*), then run this again." >&2
        exit 1
    fi
    echo "installing: $*" >&2
    apt-get update -qq >&2
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

# install_build_packages: the C libraries that Sluice is built on.
install_build_packages() {
    local missing=() package
    for package in libcurl4-openssl-dev libarchive-dev zlib1g-dev libisal-dev libssl-dev libyaml-dev libgit2-dev pkg-config ca-certificates; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q '^install ok installed' || missing+=("$package")
    done
    [ ${#missing[@]} = 0 ] || install_packages "${missing[@]}"
    command -v swift >/dev/null || {
        echo "Swift 6.3 is needed and not on the PATH; install it from swift.org, then run this again." >&2
        exit 1
    }
}

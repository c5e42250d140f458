#!/bin/sh
# Some tests run the real thing as Debian packs it, with a configuration and ports of their own: sh tools/debian.sh BINARY
# PACKAGE… installs what is absent. Its system service is neither started nor enabled by this.
set -eu
binary=$1
shift
if [ -x "$binary" ]; then
    exit 0
fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing $* (once) …"
    policy=/usr/sbin/policy-rc.d # asked by packages that would start their service; 101 forbids it
    if [ ! -e "$policy" ]; then
        trap 'rm -f "$policy"' EXIT
        printf '#!/bin/sh\nexit 101\n' >"$policy"
        chmod 755 "$policy"
    fi
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends "$@" >/dev/null
    update-rc.d "$1" disable >/dev/null 2>&1 || true
    exit 0
fi
echo "Some tests will be skipped. As root: apt-get install $*" >&2

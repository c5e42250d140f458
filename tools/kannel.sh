#!/bin/sh
# The tests of the Kannel carrier run the real thing: Debian's packages, with a configuration and ports of their own.
# Its system service is neither started nor enabled by this.
set -eu
if [ -x /usr/sbin/bearerbox ] && [ -x /usr/sbin/smsbox ]; then
    exit 0
fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing kannel (once) …"
    policy=/usr/sbin/policy-rc.d # asked by packages that would start their service; 101 forbids it
    if [ ! -e "$policy" ]; then
        trap 'rm -f "$policy"' EXIT
        printf '#!/bin/sh\nexit 101\n' >"$policy"
        chmod 755 "$policy"
    fi
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends kannel kannel-extras >/dev/null
    update-rc.d kannel disable >/dev/null 2>&1 || true
    exit 0
fi
echo "The tests of Kannel will be skipped. As root: apt-get install kannel kannel-extras" >&2

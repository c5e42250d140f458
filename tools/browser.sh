#!/bin/sh
# The browser tests drive Debian's Chromium with its own driver: the two always fit together.
set -eu
if command -v chromedriver >/dev/null 2>&1 && { command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1; }; then
    exit 0
fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing chromium and chromium-driver (once) …"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends chromium chromium-driver fonts-noto-core >/dev/null
    exit 0
fi
echo "The browser tests need Chromium and its driver. As root: apt-get install chromium chromium-driver" >&2
exit 1

#!/bin/sh
# Installs Chromium for the browser tests from the system's own packages (Debian and its relatives).
set -eu

if command -v chromium >/dev/null 2>&1; then
    echo "Chromium is there: $(command -v chromium)"
    exit 0
fi
if ! command -v apt-get >/dev/null 2>&1; then
    echo "This script knows apt-get only. Install Chromium with your system's package manager so that" >&2
    echo "'chromium' is on the PATH; without it the browser tests are skipped." >&2
    exit 1
fi

as_root=""
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null 2>&1; then
        echo "Installing needs root: run this script as root, or install the package 'chromium'." >&2
        exit 1
    fi
    as_root="sudo"
fi
$as_root apt-get update -qq
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends chromium fonts-dejavu-core
echo "Chromium is there: $(command -v chromium)"

#!/usr/bin/env bash
# Prints the Python to make the environment with: the first in PATH of a version that the lock is made for, one that was
# built with optimisation (as distributions do, and `pyenv install` does not) before one that was not: dbt takes a sixth
# longer with the latter.
set -euo pipefail

is_fit='import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))'
is_fast='
import ensurepip, sys, sysconfig, venv
sys.exit(sys.base_prefix != "/usr" and "--enable-optimizations" not in (sysconfig.get_config_var("CONFIG_ARGS") or ""))
'
fit=
while read -r path; do
    "$path" -c "$is_fit" 2>/dev/null || continue
    if "$path" -c "$is_fast" 2>/dev/null; then
        echo "$path"
        exit
    fi
    fit=${fit:-$path}
done < <(type -aP python3 python3.13 python3.12 python3.11 | awk '!seen[$0]++')
echo "$fit"

#!/bin/sh
# Runs clang-tidy over our sources, as a build folder compiles them; takes minutes.
#     scripts/tidy.sh BUILD [FILE...]       without files: all of src, models and losses
set -eu
build=$(cd "${1:?usage: scripts/tidy.sh BUILD [FILE...]}" && pwd)
shift
cd "$(dirname "$0")/.."
if [ $# -gt 0 ]; then printf '%s\n' "$@"; else find src models losses -name '*.c'; fi |
    xargs -n 4 -P "$(nproc)" clang-tidy -p "$build" --quiet

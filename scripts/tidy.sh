#!/bin/sh
# Runs clang-tidy over our sources, as a build folder compiles them; exits 1 if it finds anything.
#     scripts/tidy.sh BUILD [FILE...]       without files: all of src, models and losses
set -eu
build=$(cd "${1:?usage: scripts/tidy.sh BUILD [FILE...]}" && pwd)
shift
cd "$(dirname "$0")/.."

# error.c defines what tidy.h redefines. One file a run: clang-tidy 14 carries va_list states from one to the next.
if [ $# -gt 0 ]; then printf '%s\n' "$@"; else find src models losses -name '*.c' ! -path src/base/error.c; fi |
    xargs -n 1 -P "$(getconf _NPROCESSORS_ONLN)" clang-tidy -p "$build" --quiet \
        --extra-arg=-Wno-unknown-warning-option --extra-arg=-include --extra-arg="$PWD/scripts/tidy.h"

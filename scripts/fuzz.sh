#!/bin/sh
# Builds the libFuzzer targets with clang and sanitizers in build-fuzz/ and runs each for a while, from its corpus.
#     scripts/fuzz.sh [SECONDS [NAME...]]       without names: every tests/fuzz/fuzz_<name>.c; 60 seconds each
# New inputs and crashes stay in build-fuzz/; a crash belongs into tests/fuzz/corpus with its repair.
set -eu
cd "$(dirname "$0")/.."
seconds=${1:-60}
[ $# -eq 0 ] || shift
# shellcheck disable=SC2046
[ $# -gt 0 ] || set -- $(find tests/fuzz -name 'fuzz_*.c' | sed 's,.*/fuzz_,,; s,\.c$,,' | sort)

cmake -S . -B build-fuzz -DCMAKE_C_COMPILER=clang -DCMAKE_BUILD_TYPE=RelWithDebInfo -DGAN_FUZZ=ON -DGAN_SANITIZE=ON
for name; do
    cmake --build build-fuzz -j "$(getconf _NPROCESSORS_ONLN)" --target "fuzz_$name"
    mkdir -p "build-fuzz/corpus/$name"
    build-fuzz/tests/"fuzz_$name" -max_total_time="$seconds" -max_len=65536 -artifact_prefix="build-fuzz/$name-" \
        "build-fuzz/corpus/$name" "tests/fuzz/corpus/$name"
done

#!/bin/sh
# Runs test programs of a build under valgrind; exits 1 if it finds an error or a definite leak.
#     scripts/valgrind.sh BUILD [NAME...]       without names: all; test_base_mem is a name
# Criterion does not pass on how its children exit, so what counts is that valgrind has nothing to say in any process.
set -eu
build=$(cd "${1:?usage: scripts/valgrind.sh BUILD [NAME...]}" && pwd)
shift
cd "$(dirname "$0")/.."
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
export OMP_WAIT_POLICY=passive

# shellcheck disable=SC2046
[ $# -gt 0 ] || set -- $(cd "$build/tests" && find . -maxdepth 1 -name 'test_*' -type f | sed 's,^\./,,' | sort)
cd "$build"
failed=0
for name; do
    rm -f "$logs"/*
    valgrind --quiet --trace-children=yes --leak-check=full --show-leak-kinds=definite --errors-for-leak-kinds=definite \
        --log-file="$logs/%p" "tests/$name" --jobs 1 || failed=1
    if ! cat "$logs"/* | awk '{ print; found = 1 } END { exit found }'; then
        echo "$name: valgrind found errors"
        failed=1
    fi
done
exit $failed

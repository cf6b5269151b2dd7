#!/bin/sh
# scripts/threads.sh measures a small network: both tables are whole, and no busy program outlives it.
set -eu
[ -z "${GAN_SANITIZE-}" ] || { echo "skipped: timings mean nothing with sanitizers" && exit 77; }
[ -x "$GAN_BINARY_DIR/gan" ] || { echo "skipped: no build to work in" && exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "$1" >&2 && cat "$work/table" >&2 && exit 1; }

cd "$GAN_SOURCE_DIR"
status=0
taskset -c "$(taskset -cp $$ | sed 's/.*: \([0-9]*\).*/\1/')" \
    scripts/threads.sh --build "$GAN_BINARY_DIR" --rounds 1 --steps 1 32/1/4/4 >"$work/table" 2>/dev/null || status=$?
case $status in 0 | 3) ;; *) fail "exit code $status" ;; esac # 3: one thread is as fast as one thread, give or take
for row in '32/1/4/4 | 1 thread | 1 threads | gain' 'step | [0-9.]* s | [0-9.]* s | [0-9.]*' \
    'convolutions | [0-9.]* s | [0-9.]* s | [0-9.]*' 'step / convolutions | | | [0-9.]*' '1 | [0-9.]* s | [0-9.]*'; do
    grep -q "^| $row |\$" "$work/table" || fail "no row '$row'"
done

for bad in 16/1 --rounds --what; do
    status=0
    scripts/threads.sh "$bad" >"$work/table" 2>&1 || status=$?
    [ $status -eq 2 ] || fail "'$bad': exit code $status"
done
echo "all as expected"

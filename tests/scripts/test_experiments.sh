#!/bin/sh
# experiments/run.sh: rows, their table, going on, and what it refuses; every configuration is read.
. "${GAN_SOURCE_DIR:?}/tests/cli/common.sh"
"$GAN" scenes photos --count 8 --size 80 >/dev/null 2>&1 || fail "no scenes"
cp -r "$GAN_SOURCE_DIR/experiments" experiments
rm -f experiments/*/result.json
printf 'by hand\n<!-- table -->\nold\n<!-- end -->\nby hand too\n' >experiments/README.md
run="experiments/run.sh --train photos --val photos --out runs --budget 0.001"

export GAN
# shellcheck disable=SC2086
{
    expect 0 'gray: .* dB' $run gray rules
    grep -q '^| \[gray\](gray) | 0 | 0 | ' experiments/README.md || fail "no row of gray"
    grep -q '^by hand$' experiments/README.md && grep -q '^by hand too$' experiments/README.md || fail "the page's text is gone"
    ! grep -q '^old$' experiments/README.md || fail "the old table is there"
    expect 0 'alpha: .* dB' $run alpha
    [ "$(grep -c '^| \[' experiments/README.md)" -eq 3 ] || fail "not three rows"
    json experiments/alpha/result.json experiment budget minutes steps commit psnr colourfulness
    expect 0 'full: skipped, it needs --features' $run full
    expect 1 "there is no experiment 'nothing'" $run nothing
}
expect 2 'experiments/run.sh --train DIR --val DIR' experiments/run.sh --train photos
expect 2 '' experiments/run.sh --train photos --val

# What is done is not done again, unless it is named.
sed 's/^\([a-z]\)/#\1/; s/^#gray/gray/; s/^#alpha/alpha/' experiments/list >list
mv list experiments/list
# shellcheck disable=SC2086
expect 0 'all rows have results at this budget' $run
[ ! -s out ] || fail "rows that were done were run again"

sed -e 's/#.*//' -e '/^ *$/d' "$GAN_SOURCE_DIR/experiments/list" | while read -r name rest; do
    [ -s "experiments/$name/README.md" ] || echo "experiments/$name says nothing"
    [ ! -e "experiments/$name/config.ini" ] || "$GAN" data "experiments/$name/config.ini" 2>&1 |
        grep -v 'names no folder of photographs'
done >wrong
[ ! -s wrong ] || fail "$(cat wrong)"

finish

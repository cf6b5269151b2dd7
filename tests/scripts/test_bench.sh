#!/bin/sh
# scripts/bench.sh measures a small network: every number is there, the table and the plot are drawn, what cannot run is
# skipped with its reason, and the same work is counted on both sides.
set -eu
[ -z "${GAN_SANITIZE-}" ] || { echo "skipped: timings mean nothing with sanitizers" && exit 77; }
[ -f "$GAN_BINARY_DIR/CMakeCache.txt" ] || { echo "skipped: no build to work in" && exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "$1" >&2 && exit 1; }

cd "$GAN_SOURCE_DIR"
# a python without PyTorch
printf '#!/bin/sh\ncase $1 in -c) exit 1 ;; esac\necho "PyTorch is not installed"\nexit 77\n' >"$work/python"
chmod +x "$work/python"
PYTHON=$work/python scripts/bench.sh --build "$GAN_BINARY_DIR" --out "$work/out" --rounds 1 --steps 2 --no-inference \
    32/2/8/5 >"$work/table" 2>/dev/null

for name in floor_s gflop parameters gan_s gan_convolutions_s gan_peak_mib; do
    grep -q "^32/2/8/5	1	$name	[0-9.]*[1-9]" "$work/out/results.tsv" || fail "no $name in results.tsv"
done
for name in fma_gflops adam_s_per_million stream_gb_s; do
    grep -q "^machine	1	$name	[0-9.]*[1-9]" "$work/out/results.tsv" || fail "no $name in results.tsv"
done
grep -q '^| 32/2/8/5 | [0-9.]* | [0-9.]* | [0-9.]* | [0-9.]* | [0-9.]* | [0-9.]* | - | - | - | - | [0-9]* | - |$' \
    "$work/table" || fail "the table's row is not as expected: $(cat "$work/table")"
grep -q '^PyTorch: skipped: PyTorch is not installed' "$work/table" || fail "the skip has no reason"
grep -q '<rect.*#1b6ca8' "$work/out/plot.svg" && grep -q '^</svg>' "$work/out/plot.svg" || fail "the plot has no bar"

# the floor and the step do the same arithmetic
"$GAN" plan configs/pix2pix256.ini --set data.size=32 --set data.load_size=36 --set train.batch=2 \
    --set generator.filters=8 --set discriminator.filters=8 --set generator.levels=5 >"$work/plan"
awk -F'[ \t]+' '/^[a-z]+: [0-9]+ parameters$/ { parameters += $2 }
            $2 == "all" && $4 == "GFLOP" { gflop = $3 }
            $3 == "gflop" { floor_gflop = $4 }
            $3 == "parameters" { floor_parameters = $4 }
            END { print parameters, floor_parameters, gflop, floor_gflop
                  exit parameters != floor_parameters || gflop - floor_gflop > 0.001 || floor_gflop - gflop > 0.001 }' \
    "$work/plan" "$work/out/results.tsv" >"$work/same" || fail "plan and floor differ: $(cat "$work/same")"

# inference beside ONNX Runtime, where that is installed, by a generator of the published size
python=${GAN_CLIENTS-}/python/bin/python
if "$python" -c 'import numpy, onnxruntime' 2>"$work/err"; then
    PYTHON=$python scripts/bench.sh --build "$GAN_BINARY_DIR" --out "$work/both" --rounds 1 --steps 1 32/2/8/5 \
        >"$work/table" 2>/dev/null
    grep -Eq '^ +8 +[0-9.]+ ms +[0-9.]+ ms +[0-9.]+ ' "$work/table" || fail "no inference: $(cat "$work/table")"
fi

for bad in 32/2/8 32/2/8/5/1 a/b/c/d 32//8/5 --rounds; do
    if scripts/bench.sh --build "$GAN_BINARY_DIR" --out "$work/bad" "$bad" >"$work/err" 2>&1; then fail "'$bad' is taken"; fi
done

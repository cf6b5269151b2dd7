#!/bin/sh
# Times training steps, what bounds them and PyTorch's steps of the same networks; and inference beside ONNX Runtime's:
#     scripts/bench.sh [OPTION...] [SIZE/BATCH/FILTERS/LEVELS...]
#
#     --build DIR     a build of gan (build); its bench programs are made here
#     --out DIR       where results.tsv, table.md and plot.svg go (build-bench)
#     --rounds N      turns (5); everything runs once in each, one after the other, so that a busy moment meets all alike
#     --steps N       steps of a turn (10)
#     --threads N     (all)
#     --tune EFFORT   fast or full: also steps with [run] tune, each configuration tuned once, before the first round
#     --no-inference  training only
#
# PYTHON (python3) has PyTorch for the one and NumPy with ONNX Runtime for the other; what it lacks is skipped, and said.
set -eu
cd "$(dirname "$0")/.."

build=build out=build-bench rounds=5 steps=10 threads=$(getconf _NPROCESSORS_ONLN) tune=off inference=yes
python=${PYTHON:-python3}
usage="usage: scripts/bench.sh [--build DIR] [--out DIR] [--rounds N] [--steps N] [--threads N] [--tune EFFORT] [--no-inference] [SIZE/BATCH/FILTERS/LEVELS...]"
while [ $# -gt 0 ]; do
    case $1 in
    --no-inference) inference=no && shift && continue ;;
    --build | --out | --rounds | --steps | --threads | --tune) [ $# -gt 1 ] || { echo "$usage" >&2 && exit 2; } ;;
    -*) echo "$usage" >&2 && exit 2 ;;
    *) break ;;
    esac
    case $1 in
    --build) build=$2 ;;
    --out) out=$2 ;;
    --rounds) rounds=$2 ;;
    --steps) steps=$2 ;;
    --threads) threads=$2 ;;
    --tune) tune=$2 ;;
    esac
    shift 2
done
[ $# -gt 0 ] || set -- 256/1/64/8 256/4/64/8 128/8/32/7 64/16/32/6
for configuration in "$@"; do
    case $configuration in
    *[!0-9/]* | */*/*/*/* | *//* | /* | */) echo "'$configuration' is not SIZE/BATCH/FILTERS/LEVELS" >&2 && exit 2 ;;
    */*/*/*) ;;
    *) echo "'$configuration' is not SIZE/BATCH/FILTERS/LEVELS" >&2 && exit 2 ;;
    esac
done

export OMP_NUM_THREADS="$threads"
mkdir -p "$out"
results=$out/results.tsv notes=$out/notes.txt
: >"$results"
: >"$notes"
cmake --build "$build" --target gan bench_floor bench_fma bench_stream >"$out/build.log"
programs=$build/scripts/bench

note()
{
    grep -qxF "$1" "$notes" || echo "$1" >>"$notes"
}

# lines "name value" become rows: configuration, round, name, value
record()
{
    awk -v configuration="$configuration" -v round="$round" -v suffix="${1-}" \
        'NF == 2 { print configuration "\t" round "\t" $1 suffix "\t" $2 }' >>"$results"
}

# peer SUFFIX LABEL COMMAND...: records what it prints; with exit status 77 it cannot run here
peer()
{
    suffix=$1 label=$2
    shift 2
    status=0
    "$@" >"$out/peer.log" 2>"$out/peer.err" || status=$?
    case $status in
    0) record "$suffix" <"$out/peer.log" ;;
    77) note "$label: skipped: $(tail -n 1 "$out/peer.log")" ;;
    *) note "$label: failed: $(tail -n 1 "$out/peer.err")" ;;
    esac
}

# ours SIZE BATCH FILTERS LEVELS TUNE
ours()
{
    "$build/gan" bench configs/pix2pix256.ini --json --steps "$steps" --set data.size="$1" \
        --set data.load_size=$(($1 + $1 / 8)) --set train.batch="$2" --set generator.filters="$3" \
        --set discriminator.filters="$3" --set generator.levels="$4" --set run.threads="$threads" --set run.tune="$5" >"$out/ours.json"
    tr ',}' '[\n*]' <"$out/ours.json" | sed -n 's/.*"s_per_step": /gan_s /p; s/.*"conv_floor_s": /gan_convolutions_s /p
        s/.*"peak_rss_mib": /gan_peak_mib /p' >"$out/ours.txt"
}

# Choices of kernels are made once, and lie with the results.
GAN_TUNING_CACHE=$(cd "$out" && pwd)/tuning
export GAN_TUNING_CACHE
rm -rf "$GAN_TUNING_CACHE"
for configuration in "$@"; do
    [ "$tune" != off ] || break
    echo "tuning $configuration" >&2
    IFS=/ read -r size batch filters levels <<-END
		$configuration
	END
    ours "$size" "$batch" "$filters" "$levels" "$tune"
done

for round in $(seq "$rounds"); do
    configuration=machine
    "$programs/bench_fma" | record
    "$programs/bench_stream" | record
    for configuration in "$@"; do
        echo "round $round of $rounds: $configuration" >&2
        IFS=/ read -r size batch filters levels <<-END
			$configuration
		END
        at="$size $batch $filters $levels"
        # shellcheck disable=SC2086
        "$programs/bench_floor" $at >"$out/floor.txt"
        record <"$out/floor.txt"
        # shellcheck disable=SC2086
        ours $at off
        record <"$out/ours.txt"
        # shellcheck disable=SC2086
        [ "$tune" = off ] || { ours $at "$tune" && record _tuned <"$out/ours.txt"; }
        for options in "" --channels-last --compile; do
            # shellcheck disable=SC2086
            peer "$options" "PyTorch${options:+ $options}" "$python" scripts/bench/torch_step.py $at \
                --threads "$threads" --steps "$steps" $options
        done
    done
done

# A generator of the published size, trained for no more than a step: speed does not depend on the weights' values.
infer()
{
    "$python" -c 'import numpy, onnxruntime' 2>/dev/null || { echo "no NumPy or no ONNX Runtime" && return 77; }
    cmake --build "$build" --target gan_shared >>"$out/build.log"
    rm -rf "$out/run"
    "$build/gan" scenes "$out/scenes" --count 8 --size 256 --seed 1 >/dev/null
    "$build/gan" train configs/pix2pix256.ini --out "$out/run" --quiet --steps 1 --set data.train="$out/scenes" \
        --set checkpoint.samples=0
    "$build/gan" export "$out/run/latest.safetensors" -o "$out/generator.onnx" >/dev/null
    "$python" scripts/bench_infer.py --library "$build/libgan.so" --threads "$threads" --runs $((2 * rounds)) \
        "$out/generator.onnx"
}

status=77 # nothing to show
if [ "$inference" = yes ]; then
    status=0
    infer >"$out/inference.txt" 2>"$out/inference.err" || status=$?
    case $status in
    0) ;;
    77) note "ONNX Runtime: skipped: $(tail -n 1 "$out/inference.txt")" ;;
    *) note "ONNX Runtime: failed: $(tail -n 1 "$out/inference.err")" ;;
    esac
fi

{
    echo "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), $threads threads, $("$build/gan" --version)," \
        "PyTorch $("$python" -c 'import torch; print(torch.__version__)' 2>/dev/null || echo -), $rounds rounds of" \
        "$steps steps, $(date -u +%Y-%m-%d)"
    echo
    awk -f scripts/bench/table.awk "$results"
    if [ "$status" -eq 0 ]; then sed 's/^/    /; 1s/^/\n/' "$out/inference.txt"; fi
    sed 's/^/\n/' "$notes"
} >"$out/table.md"
awk -f scripts/bench/plot.awk "$results" >"$out/plot.svg"
cat "$out/table.md"

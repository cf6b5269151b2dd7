#!/bin/sh
# The tables of docs/distributed.md: two ranks with half of the threads each beside one process with all, what they
# exchange beside what the model says, and what the model says of more ranks with as many pictures each:
#     scripts/bench_ranks.sh [OPTION...] [SIZE/BATCH/FILTERS/LEVELS...]
#
#     --build DIR   a build of gan with MPI (build)
#     --rounds N    turns (3); everything runs once in each, one after the other, so that a busy moment meets all alike
#     --steps N     steps of a turn (12)
#     --threads N   of the one process (all)
#
# MPIRUN (mpirun) starts the ranks. Prints medians after about four minutes; it wants a machine that does nothing else.
set -eu
cd "$(dirname "$0")/.."

build=build rounds=3 steps=12 threads=$(getconf _NPROCESSORS_ONLN)
usage="usage: scripts/bench_ranks.sh [--build DIR] [--rounds N] [--steps N] [--threads N] [SIZE/BATCH/FILTERS/LEVELS...]"
while [ $# -gt 0 ]; do
    case $1 in
    --build | --rounds | --steps | --threads) [ $# -gt 1 ] || { echo "$usage" >&2 && exit 2; } ;;
    -*) echo "$usage" >&2 && exit 2 ;;
    *) break ;;
    esac
    case $1 in
    --build) build=$2 ;;
    --rounds) rounds=$2 ;;
    --steps) steps=$2 ;;
    --threads) threads=$2 ;;
    esac
    shift 2
done
[ "$threads" -gt 1 ] || { echo "bench_ranks.sh: two ranks want two threads" >&2 && exit 2; }
[ $# -gt 0 ] || set -- 64/16/32/6 128/8/32/7

# As root, and not bound to a core each; Open MPI's names, which MPICH ignores.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_hwloc_base_binding_policy=none
results=$(mktemp)
trap 'rm -f "$results"' EXIT

gan()
{
    command=$1 each=$2
    shift 2
    # shellcheck disable=SC2086
    "$@" "$build/gan" "$command" configs/pix2pix256.ini --threads "$each" --set data.size="$size" \
        --set train.batch="$batch" --set generator.filters="$filters" --set generator.levels="$levels" \
        --set discriminator.filters="$filters" $more
}

# rate NAME: images/s of gan bench
rate()
{
    sed -n 's/^step .*, \([0-9.]*\) images.s$/'"$1"' \1/p'
}

# What gan plan says under mpirun: the model first, then what is measured
exchange()
{
    awk '/^model at/ { print "gbit", $3 }
         /^measured/ { measured = "measured_" }
         /gradients on their way/ { print "busy", $5 }
         /waited for gradients/ { print measured "waited", $4 }
         /^  a step/ { print measured "step", $3 }'
}

# The rows of gan plan --ranks for 4, 16 and 64 of them: hidden, and kept
scaling()
{
    awk '/^ +[0-9]+ Gbit.s / { printf "| %s Gbit/s | %s %%, %s %% | %s %%, %s %% | %s %%, %s %% |\n", $1, $3, $5, $7, $9, $11, $13 }'
}

split()
{
    IFS=/ read -r size batch filters levels <<END
$1
END
}

for configuration in "$@"; do
    split "$configuration"
    for _ in $(seq "$rounds"); do
        more="--steps $steps"
        gan bench "$threads" env | rate one
        gan bench $((threads / 2)) "${MPIRUN:-mpirun}" -n 2 | rate two
        more=
        gan plan $((threads / 2)) "${MPIRUN:-mpirun}" -n 2 | exchange
    done | sed "s|^|$configuration |" >>"$results"
done

echo "Medians of $rounds turns of $steps steps; two ranks have $((threads / 2)) threads each, one process has $threads."
echo
sort -k1,2 -k3n "$results" | awk '
    { key = $1 " " $2
      if (!($1 in known)) { known[$1] = 1; order[++n] = $1 }
      value[key, ++count[key]] = $3 }
    function median(name) { return value[c " " name, int((count[c " " name] + 1) / 2)] }
    END {
        print "| size/batch/filters/levels | one process, images/s | two ranks | ratio | link, Gbit/s | hidden, model | hidden, measured | step, model | step, measured | off by |"
        print "|---|---|---|---|---|---|---|---|---|---|"
        for (i = 1; i <= n; i++) {
            c = order[i]
            if (!count[c " one"] || !count[c " two"] || !count[c " measured_step"]) {
                print c ": gan did not run" > "/dev/stderr"
                exit 1
            }
            busy = median("busy")
            printf "| %s | %.1f | %.1f | %.2f | %.1f | %.0f %% | %.0f %% | %.4f s | %.4f s | %.0f %% |\n", c,
                median("one"), median("two"), median("two") / median("one"), median("gbit"),
                100 * (1 - median("waited") / busy), 100 * (1 - median("measured_waited") / busy), median("step"),
                median("measured_step"), 100 * (median("step") / median("measured_step") - 1)
        }
    }'
for configuration in "$@"; do
    split "$configuration"
    printf '\n%s, as many pictures for each rank, on %s threads: ' "$configuration" "$threads"
    printf 'share of the gradients hidden, and of one rank'\''s speed that each keeps\n\n'
    printf '| | 4 ranks | 16 ranks | 64 ranks |\n|---|---|---|---|\n'
    batch=$((4 * batch)) more="--ranks 4"
    gan plan "$threads" env | scaling
done

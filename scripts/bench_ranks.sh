#!/bin/sh
# Two ranks with half of the threads each beside one process with all, and what ranks exchange beside what the model says:
#     scripts/bench_ranks.sh [OPTION...] [SIZE/BATCH/FILTERS/LEVELS...]
#
#     --build DIR   a build of gan with MPI (build)
#     --rounds N    turns (5); everything runs once in each, one after the other, so that a busy moment meets all alike
#     --steps N     steps of a turn (20)
#     --threads N   of the one process (all)
#
# MPIRUN (mpirun) starts the ranks. Prints a table of medians; it wants a machine that does nothing else.
set -eu
cd "$(dirname "$0")/.."

build=build rounds=5 steps=20 threads=$(getconf _NPROCESSORS_ONLN)
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

for configuration in "$@"; do
    IFS=/ read -r size batch filters levels <<END
$configuration
END
    for _ in $(seq "$rounds"); do
        more="--steps $steps"
        gan bench "$threads" env | rate one
        gan bench $((threads / 2)) "${MPIRUN:-mpirun}" -n 2 | rate two
        more=
        gan plan $((threads / 2)) "${MPIRUN:-mpirun}" -n 2 | exchange
    done | sed "s|^|$configuration |" >>"$results"
done

sort -k1,2 -k3n "$results" | awk -v rounds="$rounds" '
    { key = $1 " " $2
      if (!($1 in known)) { known[$1] = 1; order[++n] = $1 }
      value[key, ++count[key]] = $3 }
    function median(name,    k) { k = name; return value[k, int((count[k] + 1) / 2)] }
    END {
        print "| configuration | one process, images/s | two ranks | of it | link, Gbit/s | hidden, model | measured | step, model | measured | off |"
        print "|---|---|---|---|---|---|---|---|---|---|"
        for (i = 1; i <= n; i++) {
            c = order[i]
            if (!count[c " one"] || !count[c " two"] || !count[c " measured_step"]) {
                print c ": gan did not run" > "/dev/stderr"
                exit 1
            }
            one = median(c " one"); two = median(c " two"); busy = median(c " busy")
            step = median(c " step"); real = median(c " measured_step")
            printf "| %s | %.1f | %.1f | %.2f | %.1f | %.0f %% | %.0f %% | %.4f s | %.4f s | %.0f %% |\n", c, one, two,
                two / one, median(c " gbit"), 100 * (1 - median(c " waited") / busy),
                100 * (1 - median(c " measured_waited") / busy), step, real, 100 * (step / real - 1)
        }
        print "\nmedians of " rounds " turns"
    }'

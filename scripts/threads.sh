#!/bin/sh
# What threads bring and what busy neighbours cost: steps with one thread and with all, beside what the same run's
# convolutions gain; then steps while other programs keep 1, 2, ... CPUs busy. Wants an otherwise quiet machine.
#     scripts/threads.sh [--build DIR] [--rounds N] [--steps N] [SIZE/BATCH/FILTERS/LEVELS]
#
# Everything runs once in each of the rounds, one after the other; the table holds medians. Exits with 3 if a step gains
# less than 0.97 of what its convolutions gain.
set -eu
cd "$(dirname "$0")/.."

usage="usage: scripts/threads.sh [--build DIR] [--rounds N] [--steps N] [SIZE/BATCH/FILTERS/LEVELS]"
build=build rounds=5 steps=10 threads=$(nproc) shape=64/16/32/6
while [ $# -gt 0 ]; do
    case $1 in
    --build | --rounds | --steps)
        [ $# -gt 1 ] || { echo "$usage" >&2 && exit 2; }
        case $1 in --build) build=$2 ;; --rounds) rounds=$2 ;; --steps) steps=$2 ;; esac
        shift
        ;;
    [0-9]*/[0-9]*/[0-9]*/[0-9]*) shape=$1 ;;
    *) echo "$usage" >&2 && exit 2 ;;
    esac
    shift
done

work=$(mktemp -d)
busy=
stop()
{
    # shellcheck disable=SC2086
    [ -z "$busy" ] || kill $busy 2>/dev/null || :
    busy=
}
trap 'stop; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

# measure NAME THREADS: a row "NAME step convolutions" of seconds
measure()
{
    IFS=/ read -r size batch filters levels <<-END
		$shape
	END
    "$build/gan" bench configs/pix2pix256.ini --json --steps "$steps" --threads "$2" --set data.size="$size" \
        --set data.load_size=$((size + size / 8)) --set train.batch="$batch" --set generator.filters="$filters" \
        --set discriminator.filters="$filters" --set generator.levels="$levels" >"$work/json"
    sed 's/.*"s_per_step": \([0-9.e-]*\).*"conv_floor_s": \([0-9.e-]*\).*/'"$1"' \1 \2/' "$work/json" >>"$work/rows"
}

for round in $(seq "$rounds"); do
    echo "round $round of $rounds" >&2
    measure one 1
    measure all "$threads"
    for n in $(seq "$threads"); do
        sh -c 'while :; do :; done' &
        busy="$busy $!"
        measure "busy$n" "$threads"
    done
    stop
done

# median NAME COLUMN
median()
{
    awk -v name="$1" -v column="$2" '$1 == name { print $column }' "$work/rows" | sort -g |
        awk '{ v[NR] = $1 } END { print (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 }'
}

{
    for row in "step 2" "convolutions 3"; do
        echo "${row% *} $(median one "${row#* }") $(median all "${row#* }")"
    done
    for n in $(seq "$threads"); do echo "busy $n $(median "busy$n" 2)"; done
} | awk -v threads="$threads" -v shape="$shape" '
    BEGIN { print "| " shape " | 1 thread | " threads " threads | gain |\n|---|---|---|---|" }
    $1 != "busy" {
        gain[$1] = $2 / $3
        if ($1 == "step") alone = $3
        printf "| %s | %.4f s | %.4f s | %.2f |\n", $1, $2, $3, gain[$1]
    }
    $1 == "convolutions" {
        share = gain["step"] / gain["convolutions"]
        printf "| step / convolutions | | | %.3f |\n\n", share
        print "| other busy programs | step | times the step alone |\n|---|---|---|"
    }
    $1 == "busy" { printf "| %d | %.4f s | %.2f |\n", $2, $3, $3 / alone }
    END { exit share < 0.97 ? 3 : 0 }'

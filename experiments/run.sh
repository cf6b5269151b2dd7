#!/bin/sh
# Runs experiments on your photographs and writes the table of experiments/README.md:
#     experiments/run.sh --train DIR --val DIR [--budget MINUTES] [--reference PICTURE] [--features FILE] [--out DIR] [NAME...]
#     experiments/run.sh --table            only writes the table again, from the results that are there
# Without names, all of experiments/list that have no result at this budget yet: so it can be stopped and goes on with the
# row it was at. With names, those, again. Each network trains for its number of budgets (default: 5 minutes), counted in
# steps, on all threads: nothing else should be running. A row is written as soon as it is known. REFERENCE is the first
# photograph of the training folder unless --reference names one; what needs FEATURES is skipped without it.
# Models and tables of runs stay in --out (default: checkpoints/experiments).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
GAN=${GAN:-$here/../build/gan}
budget=5 train='' val='' reference='' features='' out=$here/../checkpoints/experiments names='' table_only=no

usage()
{
    sed -n '2,4s/^# *//p' "$0" >&2
    exit 2
}

die()
{
    echo "run.sh: $*" >&2
    exit 1
}

while [ $# -gt 0 ]; do
    case $1 in
    --budget | --train | --val | --reference | --features | --out)
        [ $# -ge 2 ] || usage
        key=${1#--}
        eval "$key=\$2"
        shift 2
        ;;
    --table) table_only=yes && shift ;;
    -*) usage ;;
    *) names="$names $1" && shift ;;
    esac
done

rows()
{
    sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$here/list"
}

# number FILE KEY: its value in a file of JSON
number()
{
    sed -n "s/.*\"$2\": \"\{0,1\}\([^,\"}]*\).*/\1/p" "$1" | head -n 1
}

# round DIGITS VALUE
round()
{
    case $2 in '' | null) echo '' ;; *) printf "%.$1f" "$2" ;; esac
}

# Of the sources; results do not change it.
commit()
{
    of='src include models losses configs'
    # shellcheck disable=SC2086
    (cd "$here/.." && git log -1 --abbrev=10 --format=%h -- $of && { git diff --quiet HEAD -- $of || echo changed; }) \
        2>/dev/null | paste -s -d '-' - || echo unknown
}

# The table's rows of all results, in the order of the list.
table()
{
    echo '| experiment | minutes | steps | PSNR, dB | SSIM | l1 | ΔE 2000 | colourfulness | ab histogram | features | commit |'
    echo '|---|---|---|---|---|---|---|---|---|---|---|'
    rows | while read -r row rest; do
        r=$here/$row/result.json
        [ -e "$r" ] || continue
        printf '| [%s](%s) | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s |\n' "$row" "$row" \
            "$(number "$r" minutes)" "$(number "$r" steps)" "$(round 2 "$(number "$r" psnr)")" \
            "$(round 3 "$(number "$r" ssim)")" "$(round 4 "$(number "$r" l1)")" "$(round 2 "$(number "$r" delta_e)")" \
            "$(round 1 "$(number "$r" colourfulness)")" "$(round 3 "$(number "$r" ab_intersection)")" \
            "$(round 4 "$(number "$r" feature_distance)")" "$(number "$r" commit)"
    done
}

# Puts the table between its marks in README.md; everything else there is written by hand.
write_table()
{
    page=$here/README.md
    table >"$page.rows"
    awk -v rows="$page.rows" '
        /<!-- table -->/ { print; while ((getline line < rows) > 0) print line; skip = 1; next }
        /<!-- end -->/ { skip = 0 }
        !skip' "$page" >"$page.new"
    mv "$page.new" "$page"
    rm -f "$page.rows"
}

# uses WORD: whether the row or its configuration has it
uses()
{
    grep -q "$1" "$here/$name/config.ini" 2>/dev/null || echo "$options" | grep -q "$1"
}

# Trains into $out/NAME for the row's minutes.
train_row()
{
    minutes=$(awk "BEGIN { print $budget * $budgets }")
    rm -rf "${out:?}/$name"
    set -- --set "data.train=$train" --set "data.val=$val"
    if uses 'layout = unpaired'; then set -- "$@" --set "data.train_b=$train"; fi
    if uses FEATURES; then set -- "$@" --set "generator.features=$features"; fi
    "$GAN" train "$here/$name/config.ini" "$@" --out "$out/$name" --minutes "$minutes" --quiet
}

# The model of this row, or of the one that it names.
model_of()
{
    case $options in
    @*) of=${options%% *} && echo "$out/${of#@}/latest.safetensors" ;;
    *) echo "$out/$name/latest.safetensors" ;;
    esac
}

# Prints the figures as JSON.
eval_row()
{
    told=$(echo "$options" | sed "s/^@[^ ]* *//")
    set -- --data "$val" --json --size 64
    [ -z "$features" ] || set -- "$@" --features "$features"
    for word in $told; do
        case $word in REFERENCE) set -- "$@" "$reference" ;; *) set -- "$@" "$word" ;; esac
    done
    case $told in *--method*) ;; *) set -- "$(model_of)" "$@" ;; esac
    "$GAN" eval "$@"
}

# Facts of the run, then the figures: one object.
write_result()
{
    log=$out/$name/log.csv minutes=0 steps=0
    if [ "$budgets" != 0 ]; then
        steps=$(tail -n 1 "$log" | cut -d, -f1)
        minutes=$(awk "BEGIN { print $budget * $budgets }")
    fi
    {
        printf '{"experiment": "%s", "budget": "%s", "minutes": "%s", "steps": "%s", "commit": "%s", ' "$name" "$budget" \
            "$minutes" "$steps" "$(commit)"
        printf '"machine": "%s", "options": "%s",\n ' "$(uname -m), $(getconf _NPROCESSORS_ONLN) processors" "$options"
        sed 's/^{//' "$out/$name.json"
    } >"$here/$name/result.json.new"
    mv "$here/$name/result.json.new" "$here/$name/result.json"
}

is_done()
{
    r=$here/$name/result.json
    [ -e "$r" ] && [ "$(number "$r" budget)" = "$budget" ]
}

run_row()
{
    if uses FEATURES && [ -z "$features" ]; then
        echo "$name: skipped, it needs --features"
        return
    fi
    echo "$name: $(awk "BEGIN { print $budget * $budgets }") minutes of training"
    [ "$budgets" = 0 ] || train_row || die "$name: training failed"
    eval_row >"$out/$name.json" || die "$name: evaluation failed"
    write_result
    write_table
    echo "$name: $(round 2 "$(number "$here/$name/result.json" psnr)") dB"
}

if [ $table_only = yes ]; then
    write_table
    exit
fi
if [ -z "$train" ] || [ -z "$val" ]; then usage; fi
[ -x "$GAN" ] || die "no program '$GAN': build it, or set GAN"
mkdir -p "$out"
[ -n "$reference" ] ||
    reference=$(find "$train" -type f \( -name '*.jpg' -o -name '*.jpeg' -o -name '*.png' \) | LC_ALL=C sort | head -n 1)

for wanted in $names; do
    rows | grep -q "^$wanted " || die "there is no experiment '$wanted' in experiments/list"
done
rows >"$out/rows"
ran=no
while read -r name budgets options <&3; do
    case " $names " in
    '  ') is_done && continue ;;
    *" $name "*) ;;
    *) continue ;;
    esac
    run_row
    ran=yes
done 3<"$out/rows"
[ $ran = yes ] ||
    echo "run.sh: all rows have results at this budget: name those to run again, or remove their result.json" >&2

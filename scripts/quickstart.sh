#!/bin/sh
# From nothing to a coloured picture in a few minutes: installs what is missing, builds, draws the embedded data set,
# trains on it, and colours pictures that the network has not seen.
#     scripts/quickstart.sh
# Everything goes to build/: the program, build/scenes and build/quickstart. Exits 1 if the colours are not good enough.
#
# For a shorter trial: GAN_QUICK_COUNT pictures to learn from, GAN_QUICK_STEPS steps (then nothing is demanded of the
# result), GAN_QUICK_BUILD another folder.
set -eu
cd "$(dirname "$0")/.."
. scripts/packages.sh

count=${GAN_QUICK_COUNT:-1500}
steps=${GAN_QUICK_STEPS:-0}
build=${GAN_QUICK_BUILD:-build}
jobs=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
gan=$build/gan
run=$build/quickstart
scenes=$build/scenes

say() { printf '\n== %s\n' "$*"; }

# number KEY: a number of the evaluation, which is one JSON object
number() { printf '%s\n' "$scores" | sed -n "s/.*\"$1\": *\(-\{0,1\}[0-9.eE+-]*\).*/\1/p"; }

say "packages"
packages_install build

say "building into $build/"
cmake -S . -B "$build" -DCMAKE_BUILD_TYPE=Release -DGAN_TESTS=OFF >"$build.log" 2>&1 &&
    cmake --build "$build" -j "$jobs" >>"$build.log" 2>&1 || { tail -n 30 "$build.log"; exit 1; }
rm -f "$build.log"

say "drawing $count scenes to learn from, and others to be judged by"
rm -rf "$scenes" "$run"
"$gan" scenes "$scenes/train" --count "$count" --size 72 --seed 1
"$gan" scenes "$scenes/val" --count 64 --size 72 --seed 2
"$gan" scenes "$scenes/unseen" --count 200 --size 72 --seed 3

say "training (configs/quickstart.ini)"
"$gan" train configs/quickstart.ini --set "data.train=$scenes/train" --set "data.val=$scenes/val" \
    --set "train.steps=$steps" --out "$run"

say "evaluating on 200 scenes it has not seen"
"$gan" eval "$run/best.safetensors" --data "$scenes/unseen"
scores=$("$gan" eval "$run/best.safetensors" --data "$scenes/unseen" --json)

say "colouring"
"$gan" scenes "$scenes/big" --count 6 --size 256 --seed 4
"$gan" colorize "$run/best.safetensors" "$scenes/big" -o "$run/coloured"

sheet=$(find "$run/samples" -name '*.png' | LC_ALL=C sort | tail -n 1)
say "done"
cat <<EOF
gray | generated | true     $sheet
coloured pictures           $run/coloured/
the trained colorizer       $run/best.safetensors
what to do next             $gan train configs/photos64.ini --set data.train=YOUR_PHOTOGRAPHS
EOF

[ "$steps" -eq 0 ] || exit 0
awk -v psnr="$(number psnr)" -v gray="$(number gray_psnr)" -v colour="$(number colourfulness)" \
    -v true="$(number colourfulness_true)" 'BEGIN {
    gain = psnr - gray; off = 100 * (colour / true - 1)
    printf "\n%.2f dB above gray (at least 3 wanted), colourfulness %+.1f %% of the true one (at most 15 off)\n", gain, off
    exit !(gain >= 3 && off <= 15 && off >= -15)
}'

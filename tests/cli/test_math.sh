#!/bin/sh
# [run] math: bf16 where the processor has it, refused where it would be slower, emulated on request; kept by resume.
. "${GAN_SOURCE_DIR:?}/tests/cli/common.sh"

make_model

expect 1 "not one of f32|bf16|bf16_emulated" "$GAN" train model.ini --out no --set run.math=bf17
[ ! -e no ] || fail "a mistake made a folder"

# Without the instructions bf16 is refused in one sentence, by whatever makes plans for training.
for command in "train model.ini --out no" "plan model.ini" "bench model.ini"; do
    # shellcheck disable=SC2086
    ONEDNN_MAX_CPU_ISA=AVX2 expect 1 "math = bf16 would be slower than f32" "$GAN" $command --set run.math=bf16
done

# The emulation works anywhere, is not float, and goes on after an interruption with the same bits.
cut_run emulated 3 --set run.math=bf16_emulated
expect 0 '' env ONEDNN_MAX_CPU_ISA=AVX2 "$GAN" train model.ini --out avx2 --quiet --set run.math=bf16_emulated
grep -q '^math = bf16_emulated$' emulated/config.ini || fail "config.ini does not say what computes"
cmp -s emulated/latest.safetensors run/latest.safetensors && fail "the emulation changes nothing"

# A run keeps its arithmetic.
expect 1 "cannot resume: run.math differs" "$GAN" train model.ini --out emulated --quiet --resume

# What was learnt so is a model like any other.
use_model emulated drawn/scene_000000.png

if "$GAN" plan model.ini --set run.math=bf16 >out 2>err; then
    in_out ':bf16'
    cut_run real 3 --set run.math=bf16
    use_model real drawn/scene_000000.png
else
    in_err "math = bf16 would be slower than f32"
fi

finish

#!/bin/sh
# gan info: checkpoints, other safetensors files, files that are neither.
. "${GAN_SOURCE_DIR:?}/tests/cli/common.sh"
make_model

expect 0 '^format      checkpoint of gan$' "$GAN" info run/latest.safetensors
in_out '^step        4$'
in_out '^epoch       1$'
in_out '^networks    gen: [1-9][0-9]* parameters$'
in_out '^            dis: [1-9][0-9]* parameters$'
in_out '^levels = 3$'
in_out 'gen/enc1.conv.weights$'
generator=$(sed -n 's/^networks    gen: \([0-9]*\) .*/\1/p' out)

expect 0 '' "$GAN" info --json run/latest.safetensors
json out step epoch networks parameters best lr config tensors
[ "$(value out step)" -eq 4 ] && [ "$(value out gen)" -eq "$generator" ] || fail "JSON differs from the text"
[ "$(value out parameters)" -eq $(($(value out gen) + $(value out dis))) ] || fail "parameters are not the sum"

# U-Net with 3 levels of 4, 8 and 16 filters: 4x4 kernels, a bias at the end only, gamma and beta of the batch norms.
expected=$((16 * (4 + 4 * 8 + 8 * 16 + 16 * 8 + 16 * 4 + 8 * 2) + 2 + 2 * (8 + 8 + 4)))
[ "$generator" -eq $expected ] || fail "$generator parameters, not $expected"

# The generator alone.
expect 0 '' "$GAN" info model.safetensors --json
[ "$(value out gen)" -eq "$generator" ] && [ "$(value out parameters)" -eq "$generator" ] || fail "generator alone"

# A file that Python's safetensors has written.
expect 0 '^format      safetensors$' "$GAN" info "$GAN_SOURCE_DIR/tests/golden/base/python.safetensors"
expect 0 '' "$GAN" info --json "$GAN_SOURCE_DIR/tests/golden/base/python.safetensors"
json out parameters tensors

# A state dict for PyTorch.
expect 0 '' "$GAN" export model.safetensors -o model.pth
expect 0 '^format      .pth$' "$GAN" info model.pth
in_out '^levels = 3$'
in_out '^4 1 4 4  *model.model.0.weight$'
expect 0 '' "$GAN" info --json model.pth
json out format parameters config tensors

# The proof, and files that have none.
expect 0 '' "$GAN" export model.safetensors -o model.onnx
expect 0 '"verified": true' "$GAN" info --verify --json model.onnx
json out verified width height worst allowed
expect 1 "'model.pth' is .pth: only .onnx files hold a proof" "$GAN" info --verify model.pth
expect 1 "'model.safetensors' is safetensors: only" "$GAN" info --verify model.safetensors

expect 1 'absent' "$GAN" info absent
expect 1 'model.ini' "$GAN" info model.ini
expect 1 "cannot open 'drawn'" "$GAN" info drawn
head -c 300 model.safetensors >cut
expect 1 "'cut'" "$GAN" info cut
: >empty
expect 1 "'empty'" "$GAN" info empty
[ ! -s out ] || fail "results of an empty file"
expect 2 'too few arguments' "$GAN" info
expect 2 "unexpected argument 'b'" "$GAN" info a b

finish

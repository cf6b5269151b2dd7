# gan export, gan info --verify, gan import, gan train --init: files that prove themselves, come back, and are refused.
. "$(dirname "$0")/common.sh"
make_model

# Every way of exporting ends in a file that runs as its proof says.
for options in "--norm running" "--norm instance" "--norm recalibrate:drawn" "--io rgb" "--size 33x40" "--fp16"; do
    # shellcheck disable=SC2086
    expect 0 '' "$GAN" export model.safetensors -o model.onnx $options
    expect 0 'verified' "$GAN" info --verify model.onnx
done

# A proof that can fail: one flipped byte among the weights, or an end that is missing
size=$(wc -c <model.onnx)
cp model.onnx damaged.onnx
printf '\377\377\377\377' | dd of=damaged.onnx bs=1 seek=$((size / 2)) conv=notrunc 2>/dev/null
expect 1 'damaged.onnx' "$GAN" info --verify damaged.onnx
head -c $((size / 3)) model.onnx >short.onnx
expect 1 'short.onnx' "$GAN" info --verify short.onnx

# There and back: the same scores as the checkpoint
"$GAN" eval model.safetensors --data drawn --json >want 2>/dev/null
for ending in pth safetensors; do
    expect 0 '' "$GAN" export model.safetensors -o "out.$ending"
    expect 0 '' "$GAN" import "out.$ending" -o "back_$ending.safetensors" --size 32
    "$GAN" eval "back_$ending.safetensors" --data drawn --json >got 2>/dev/null
    [ "$(value want psnr)" = "$(value got psnr)" ] || fail "psnr of $ending: $(value got psnr), not $(value want psnr)"
done
expect 0 '' "$GAN" export model.safetensors -o folded.onnx
expect 0 '' "$GAN" import folded.onnx -o back_onnx.safetensors --size 32
"$GAN" eval back_onnx.safetensors --data drawn --json >got 2>/dev/null
awk -v a="$(value want psnr)" -v b="$(value got psnr)" 'BEGIN { d = a - b; exit !(d < 1e-3 && d > -1e-3) }' ||
    fail "psnr of onnx: $(value got psnr), not $(value want psnr)"

# Networks of other tasks have an interface of their own
for task in colour_space=yuv601 hints=yes "colour_space=rgb --set data.input=lines"; do
    # shellcheck disable=SC2086
    "$GAN" train model.ini --out task --steps 1 --quiet --set data.$task || fail "no network for $task"
    expect 0 '' "$GAN" export task/latest.safetensors -o task.onnx
    expect 0 'verified' "$GAN" info --verify task.onnx
    expect 0 '"io": "native"' "$GAN" info --json task.onnx
    expect 1 "can have 'rgb'" "$GAN" export task/latest.safetensors -o wrong.onnx --io rgb
    for from in task/latest.safetensors task.onnx; do
        expect 0 '1 of 1 pictures coloured' "$GAN" colorize "$from" drawn/scene_000000.png -o task.png
    done
    rm -r task
done
expect 1 "is 'lab'" "$GAN" export model.safetensors -o wrong.onnx --io native
expect 2 'not lab, rgb or native' "$GAN" export model.safetensors -o wrong.onnx --io xyz

# What it says of its channels must be true
"$GAN" train model.ini --out task --steps 1 --quiet --set data.colour_space=rgb
"$GAN" export task/latest.safetensors -o task.onnx >/dev/null
LC_ALL=C sed 's/colour_space = rgb/colour_space = hsv/' task.onnx >lies.onnx
expect 1 'its network makes 3x' "$GAN" info lies.onnx
expect 1 'lies.onnx' "$GAN" colorize lies.onnx drawn/scene_000000.png -o lies.png

# Training goes on from an imported file
expect 0 '' "$GAN" train model.ini --init out.pth --out tuned --steps 1 --quiet
expect 1 '' "$GAN" train model.ini --init out.pth --out wrong --steps 1 --quiet --set generator.filters=8

# No file becomes its own input, by whatever name
cp model.safetensors kept.safetensors
ln -s model.safetensors link.safetensors
expect 1 'would overwrite its input' "$GAN" export model.safetensors -o ./model.safetensors
expect 1 'would overwrite its input' "$GAN" export model.safetensors -o link.safetensors
expect 1 'would overwrite its input' "$GAN" import model.safetensors -o link.safetensors
same model.safetensors kept.safetensors

# What is no checkpoint is told how to become one
expect 1 "'out.pth' is .pth, no checkpoint: 'gan import' makes" "$GAN" export out.pth -o x.onnx
expect 1 "holds weights alone: 'gan import' makes" "$GAN" export out.safetensors -o x.onnx

# What is refused, and leaves no file behind
expect 1 'ending\|format' "$GAN" export model.safetensors -o model.bmp
expect 1 'no-such' "$GAN" export no-such.safetensors -o x.onnx
echo "no network" >text.pth
expect 1 'text.pth' "$GAN" import text.pth -o x.safetensors
expect 1 '' "$GAN" export model.safetensors -o no/such/folder/x.onnx
[ ! -e x.onnx ] && [ ! -e x.safetensors ] && [ ! -e model.bmp ] || fail "a refused command left a file"
finish

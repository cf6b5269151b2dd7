# gan train --init: runs that begin with the weights of a file, of every kind; what does not fit is named.
. "$(dirname "$0")/common.sh"
make_model

# train FOLDER ARGUMENTS...: a short run
train()
{
    out=$1
    shift
    "$GAN" train model.ini --out "$out" --quiet "$@"
}

# psnr CHECKPOINT: on the drawn pictures
psnr()
{
    "$GAN" eval "$1" --data drawn --json >scores 2>/dev/null
    value scores psnr
}

# near A B: to what rounding explains
near()
{
    awk -v a="$1" -v b="$2" 'BEGIN { d = a - b; exit !(a != "" && d < 1e-3 && d > -1e-3) }'
}

# A run whose steps change nothing has the score of what it began with. Its norms keep no statistics.
still="--steps 1 --set optimizer.lr=1e-30 --set generator.norm=instance"
train source --set generator.norm=instance >/dev/null 2>&1 || fail "train"
cp source/latest.safetensors checkpoint.safetensors
want=$(psnr checkpoint.safetensors)
for ending in pth safetensors onnx; do
    expect 0 '' "$GAN" export checkpoint.safetensors -o "weights.$ending"
done
for file in checkpoint.safetensors weights.pth weights.safetensors weights.onnx; do
    # shellcheck disable=SC2086
    expect 0 '' train "from-$file" --init "$file" $still
    near "$(psnr "from-$file/latest.safetensors")" "$want" || fail "$file: $(psnr "from-$file/latest.safetensors")"
done
# shellcheck disable=SC2086
expect 0 '' train from-nothing $still
! near "$(psnr from-nothing/latest.safetensors)" "$want" || fail "a run from nothing scores as a trained one"

# Folded norms are gone: a run without norms goes on, one with norms is refused and told why.
want=$(psnr model.safetensors)
expect 0 '' "$GAN" export model.safetensors -o folded.onnx
expect 1 "cannot begin from 'folded.onnx': its norm is 'none', not 'batch': .*folded" train bad --init folded.onnx
expect 0 '' train from-folded --init folded.onnx --steps 1 --set optimizer.lr=1e-30 --set generator.norm=none
near "$(psnr from-folded/latest.safetensors)" "$want" || fail "folded.onnx: $(psnr from-folded/latest.safetensors)"

# What does not fit is named, and the folder is as good as new.
expect 1 "'gen/enc1.conv.weights' is (4, 1, 4, 4), where the network's 'enc1.conv.weights' is (8, 1, 4, 4)" \
    train bad --init model.safetensors --set generator.filters=8
expect 1 "it holds a unet, not a resnet" train bad --init model.safetensors --set generator.model=resnet
expect 1 "no-such.pth" train bad --init no-such.pth
echo "no network" >text.pth
expect 1 "text.pth" train bad --init text.pth
expect 0 '' train bad --init model.safetensors --steps 1

# A run that exists has its values.
expect 1 "bad" train bad --init model.safetensors --steps 2
expect 1 "'bad' holds a run already, which has its values" train bad --init model.safetensors --resume --steps 2

# Resuming needs no file, and gives the bits of a run that was never stopped. Without a run there is nothing to resume.
cp run/latest.safetensors begin.safetensors
expect 0 '' train whole --init begin.safetensors --steps 4
expect 0 'starting afresh' train parts --init begin.safetensors --resume --steps 2
rm begin.safetensors
expect 0 '' train parts --resume --steps 4
same whole/latest.safetensors parts/latest.safetensors
finish

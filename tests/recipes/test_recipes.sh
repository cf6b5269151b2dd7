#!/bin/sh
# Every recipe, and every kind of stage and data that a recipe has: a run that is resumed has the bits of one that was not,
# its model is measured and colours, and what is exported runs as its proof says.
. "${GAN_SOURCE_DIR:?}/tests/cli/common.sh"
make_model
picture=$(find drawn -name "*.png" | sort | head -n 1)
printf '%s\n' '0 0' '30 30' '-30 30' '30 -30' '-30 -30' '60 0' '0 60' >bins.txt

# try NAME STEP OPTION...: two epochs of four steps, cut after STEP
try()
{
    cut_run "$@" --set train.epochs=2 --set generator.filters=8
    use_model "$1" "$picture"
}

ordinary()
{
    try "$@"
    prove_export "$1"
    prove_export "$1" --io rgb --size 36x40
}

other()
{
    try "$@"
    expect 1 'only networks that see gray alone and answer in CIELAB' "$GAN" export "$1/best.safetensors" -o "$1.onnx" \
        --io lab
    [ ! -e "$1.onnx" ] || fail "$1: refused, and written"
    prove_export "$1"
}

pretrained="--set train.pretrain_steps=3 --set train.warmup_steps=3"
classes="--set train.recipe=classification --set generator.model=zhang"
unpaired="--set train.recipe=cyclegan --set data.layout=unpaired --set data.train_b=drawn --set data.colour_space=rgb
    --set discriminator.norm=instance --set train.pool=3"

ordinary regression 3 --set train.recipe=regression
ordinary pix2pix 3 --set train.pool=3 --set train.ema=0.9
# shellcheck disable=SC2086
{
    ordinary alone 2 $pretrained --set optimizer.lr_d=0.001
    ordinary warm-up 5 $pretrained --set train.ready=0.01
    ordinary ready 5 $pretrained --set train.ready=1 --set optimizer.lr_gan=0.0001 --set checkpoint.best_stage=last
    ordinary classes 3 $classes
    ordinary listed 3 $classes --set loss.bins=bins.txt
    other cyclegan 3 $unpaired --set data.input=rgb
    other gray-to-rgb 3 $unpaired
    mv drawn moved # paths may differ, that of the second folder too
    expect 0 '' "$GAN" train model.ini --out gray-to-rgb --quiet --resume $unpaired --set train.epochs=2 \
        --set generator.filters=8 --set data.train=moved --set data.train_b=moved --set data.val=moved
    mv moved drawn
}
other hints 3 --set train.recipe=regression --set data.hints=yes
other lines 3 --set data.input=lines --set data.colour_space=rgb
other yuv 3 --set train.recipe=regression --set data.colour_space=yuv601

# Scores of earlier stages rank behind those of the last one
"$GAN" info ready/best.safetensors >out 2>&1
in_out 'best .*epoch [2-9]'
# shellcheck disable=SC2086
expect 0 'step 4: the discriminator warms up' "$GAN" train model.ini --out told $pretrained --set train.epochs=2
in_err 'step 1: the generator learns alone'
in_err 'step 7: generator and discriminator play'

# A list of bins is in the checkpoint, the run goes on with no other, and the photographs are looked at once
rm bins.txt
use_model listed "$picture"
printf '%s\n' '0 0' '30 30' '-30 30' '30 -30' '-30 -30' >other.txt
# shellcheck disable=SC2086
{
    expect 1 'other bins of colour than loss.bins lists' "$GAN" train model.ini --out listed --quiet --resume $classes \
        --set loss.bins=other.txt --set train.epochs=3 --set generator.filters=8
    expect 0 'looking at all photographs' "$GAN" train model.ini --out once $classes --steps 1
    expect 0 '' "$GAN" train model.ini --out once $classes --resume
}
not_in_err 'looking at all photographs'
expect 1 'recipe classification has no loss.perceptual' "$GAN" train model.ini --out none --quiet \
    --set train.recipe=classification --set loss.perceptual=1
expect 1 'recipe regression has no stages' "$GAN" train model.ini --out none --quiet --set train.recipe=regression \
    --set train.pretrain_steps=5
expect 1 "'unet' makes pictures" "$GAN" train model.ini --out none --quiet --set train.recipe=classification

finish

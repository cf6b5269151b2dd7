#!/bin/sh
# Networks of other colour spaces and tasks colour pictures; hints colour where they are.
. "${GAN_SOURCE_DIR:?}/tests/cli/common.sh"
make_model
picture=$(find drawn -name "*.png" | sort | head -n 1)

# task NAME OPTION...: a few steps, then a picture of the size of the input
task()
{
    name=$1
    shift
    expect 0 '' "$GAN" train model.ini --out "$name" --quiet "$@"
    expect 0 '1 of 1 pictures coloured' "$GAN" colorize "$name/best.safetensors" "$picture" -o "$name.png"
    head -c 24 "$picture" | tail -c 8 >size
    head -c 24 "$name.png" | tail -c 8 >got
    cmp -s size got || fail "$name: another size than the input's"
    expect 0 '' "$GAN" eval "$name/best.safetensors" --data drawn --json
    json out psnr l1 gray_psnr colourfulness
}

for space in yuv601 yuv709 hsv rgb; do task $space --set data.colour_space=$space; done
task restored --set data.colour_space=rgb --set data.restore_luminance=yes
task lines --set data.colour_space=rgb --set data.input=lines
task hints --set data.hints=yes
task aged --set augment.noise=0.2 --set augment.fade=0.3 --set augment.rotate=10 --set augment.zoom=0.1

expect 1 'tiles are for networks that colour' "$GAN" colorize lines/best.safetensors "$picture" -o t.png --tile 64
expect 1 'hints are for networks that colour' "$GAN" colorize lines/best.safetensors "$picture" -o t.png --hints "$picture"
expect 0 '' "$GAN" eval hints/best.safetensors --data drawn --hints 10
expect 1 'this model takes no hints' "$GAN" eval yuv601/best.safetensors --data drawn --hints 10

# Any colour picture of the size says what is known: here the truth itself.
expect 0 '' "$GAN" colorize hints/best.safetensors "$picture" -o hinted.png --hints "$picture"
! cmp -s hinted.png hints.png || fail "hints change nothing"
expect 1 'takes no hints' "$GAN" colorize yuv601/best.safetensors "$picture" -o t.png --hints "$picture"
"$GAN" scenes other --count 1 --size 24 >/dev/null 2>&1
expect 1 'hints of 24x24 pixels do not fit' "$GAN" colorize hints/best.safetensors "$picture" -o t.png \
    --hints other/scene_000000.png
expect 1 'hints are for whole pictures' "$GAN" colorize hints/best.safetensors "$picture" -o t.png --hints "$picture" --tile 64
expect 2 'hints are for one INPUT' "$GAN" colorize hints/best.safetensors drawn -o t --hints "$picture"
expect 2 'hints are for one INPUT' "$GAN" colorize hints/best.safetensors "$picture" "$picture" -o t --hints "$picture"
expect 1 "cannot open 'none.png'" "$GAN" colorize hints/best.safetensors "$picture" -o t.png --hints none.png

finish

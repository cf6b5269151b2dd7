#!/bin/sh
# gan eval: figures beside the gray floor, JSON, arguments.
. "${GAN_SOURCE_DIR:?}/tests/cli/common.sh"
make_model

expect 0 '^8 pictures of 32x32 pixels' "$GAN" eval model.safetensors --data drawn
for row in psnr ssim l1 colourfulness; do in_out "^$row"; done

expect 0 '' "$GAN" eval model.safetensors --data drawn --json
cp out figures
keys="psnr ssim colourfulness colourfulness_true l1 gray_psnr gray_l1 images images_per_s"
# shellcheck disable=SC2086
json figures $keys
[ "$(wc -l <figures)" -eq 1 ] || fail "more than one line of JSON"
[ "$(value figures images)" -eq 8 ] || fail "not 8 images"
[ -n "$(value figures gray_psnr)" ] || fail "no number for gray_psnr"

# The figures are those that training has written down.
trained=$(tail -n 1 run/val.csv | cut -d, -f2)
awk -v a="$trained" -v b="$(value figures psnr)" 'BEGIN { exit !(a - b < 1e-3 && b - a < 1e-3) }' ||
    fail "psnr $(value figures psnr), in training $trained"

# They do not depend on batch and threads.
expect 0 '' "$GAN" eval model.safetensors --data drawn --json --batch 3 --threads 1
awk -v a="$(value out psnr)" -v b="$(value figures psnr)" 'BEGIN { exit !(a - b < 1e-3 && b - a < 1e-3) }' ||
    fail "psnr depends on the batch"

expect 0 '^8 pictures of 64x64' "$GAN" eval model.safetensors --data drawn --size 64
expect 0 '' "$GAN" eval model.safetensors --data drawn --size 8 --json
json out ssim
in_out '"ssim": null'

echo 'no picture' >drawn/broken.png
expect 0 'warning: .*broken.png' "$GAN" eval model.safetensors --data drawn
in_out '8 pictures .* 1 unreadable'

mkdir empty broken
cp drawn/broken.png broken
expect 1 "no PNG or JPEG files in 'empty'" "$GAN" eval model.safetensors --data empty
expect 1 "no readable pictures in 'broken'" "$GAN" eval model.safetensors --data broken
expect 1 "cannot open folder 'absent'" "$GAN" eval model.safetensors --data absent
expect 1 "absent.safetensors" "$GAN" eval absent.safetensors --data drawn
expect 1 "model.ini" "$GAN" eval model.ini --data drawn
head -c 1000 model.safetensors >cut.safetensors
expect 1 "cut.safetensors" "$GAN" eval cut.safetensors --data drawn
[ ! -s out ] || fail "results of a damaged model"

expect 2 'data is missing' "$GAN" eval model.safetensors
expect 2 'too few arguments' "$GAN" eval --data drawn
expect 2 'size: this model takes multiples of 8' "$GAN" eval model.safetensors --data drawn --size 36
expect 2 "batch: '0'" "$GAN" eval model.safetensors --data drawn --batch 0
[ ! -c /dev/full ] || expect 1 'cannot write to standard output' \
    sh -c '"$1" eval model.safetensors --data drawn --json >/dev/full' sh "$GAN"

finish

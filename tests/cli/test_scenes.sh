#!/bin/sh
# gan scenes: names, determinism, arguments.
. "${GAN_SOURCE_DIR:?}/tests/cli/common.sh"

expect 0 "^3 pictures of 32x32 pixels in 'a/b'$" "$GAN" scenes a/b --count 3 --size 32
for i in 0 1 2; do [ -s "a/b/scene_00000$i.png" ] || fail "no picture $i"; done
[ "$(find a -type f | wc -l)" -eq 3 ] || fail "other files than the three"

# The same seed and number are the same picture, whatever is drawn with it, again and over what is there.
expect 0 '' "$GAN" scenes c -n 1 -s 32 --first 2 --threads 1
same a/b/scene_000002.png c/scene_000002.png
cp a/b/scene_000001.png before.png
expect 0 '' "$GAN" scenes a/b --count 3 --size 32
same a/b/scene_000001.png before.png
expect 0 '' "$GAN" scenes d --count 3 --size 32 --seed 2
! cmp -s a/b/scene_000001.png d/scene_000001.png || fail "seeds 1 and 2 draw the same"
expect 0 '' "$GAN" scenes e --count 40 --size 16
[ "$(find e -name 'scene_0000??.png' | wc -l)" -eq 40 ] || fail "not 40 pictures"

expect 2 'too few arguments' "$GAN" scenes
expect 2 "unexpected argument 'g'" "$GAN" scenes f g
expect 2 "count: '0' is not" "$GAN" scenes f --count 0
expect 2 "count: '-1' is not" "$GAN" scenes f --count -1
expect 2 "size: '15' is not a whole number of 16 to 4096" "$GAN" scenes f --size 15
expect 2 "size: '4097'" "$GAN" scenes f --size 4097
expect 2 "seed: '1.5'" "$GAN" scenes f --seed 1.5
[ ! -e f ] || fail "a folder was made for nothing"
echo text >file
expect 1 "cannot make folder 'file'" "$GAN" scenes file --count 1
expect 1 "cannot make folder 'file'" "$GAN" scenes file/x --count 1
mkdir -p g/scene_000001.png
expect 1 "scene_000001.png" "$GAN" scenes g --count 3 --size 16

finish

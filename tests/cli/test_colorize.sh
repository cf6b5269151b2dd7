#!/bin/sh
# gan colorize: files, folders, and all that must not happen to them.
. "${GAN_SOURCE_DIR:?}/tests/cli/common.sh"
make_model
pictures=$GAN_SOURCE_DIR/tests/golden/image

mkdir -p in/sub/deep
cp "$pictures/jpeg/420.jpg" in/a.jpg
cp "$pictures/jpeg/gray.jpg" in/sub/gray.JPG
cp "$pictures/source.png" in/sub/deep/source.png

# One file into another.
expect 0 '^1 of 1 pictures coloured$' "$GAN" colorize model.safetensors in/a.jpg -o one.png
[ "$(head -c 4 one.png | tail -c 3)" = PNG ] || fail "one.png is no PNG"
expect 0 '' "$GAN" colorize model.safetensors in/a.jpg --output=one.jpg
[ "$(head -c 10 one.jpg | tail -c 4)" = JFIF ] || fail "one.jpg is no JPEG"
expect 0 '' "$GAN" colorize run/latest.safetensors in/a.jpg -o again.png
same one.png again.png

# A folder keeps its structure, and the pictures are those of the files alone.
expect 0 '^3 of 3 pictures coloured$' "$GAN" colorize model.safetensors in -o new/out
[ "$(cd new/out && find . -type f | LC_ALL=C sort | tr '\n' ' ')" = "./a.jpg ./sub/deep/source.png ./sub/gray.JPG " ] ||
    fail "the structure of 'in' is not kept"
same one.jpg new/out/a.jpg
expect 0 '' "$GAN" colorize model.safetensors in/sub/gray.JPG -o gray/ --threads 1
same gray/gray.JPG new/out/sub/gray.JPG

# Unreadable pictures are named, the others are coloured, and the exit code tells.
echo 'no picture' >in/bad.png
head -c 700 "$pictures/source.png" >in/sub/cut.png
expect 1 "warning: .*in/bad.png" "$GAN" colorize model.safetensors in -o out2
grep -q "warning: .*in/sub/cut.png" err || fail "in/sub/cut.png is not named"
in_out '^3 of 5 pictures coloured$'
[ ! -e out2/bad.png ] && [ ! -e out2/sub/cut.png ] || fail "output of unreadable pictures"
[ -s out2/sub/deep/source.png ] || fail "a good picture is missing"
expect 1 "cannot open 'absent.png'" "$GAN" colorize model.safetensors absent.png in/a.jpg -o out3
in_out '^1 of 2 pictures coloured$'
mkdir empty
expect 1 "no PNG or JPEG files in 'empty'" "$GAN" colorize model.safetensors empty in/a.jpg -o out4
[ -s out4/a.jpg ] || fail "a good picture beside an empty folder is missing"
expect 1 "no PNG or JPEG files in 'empty'" "$GAN" colorize model.safetensors empty -o out5
rm in/bad.png in/sub/cut.png

# Inputs are never overwritten, and nothing is written when something is wrong.
cp -r in before
expect 1 "'in/a.jpg' would overwrite an input" "$GAN" colorize model.safetensors in/a.jpg -o in/a.jpg
expect 1 "would overwrite an input" "$GAN" colorize model.safetensors in -o in
expect 1 "would overwrite an input" "$GAN" colorize model.safetensors in/a.jpg in/sub/gray.JPG -o in
diff -r in before >/dev/null || fail "inputs were changed"
expect 1 "would both be written to 'out6/a.jpg'" "$GAN" colorize model.safetensors in/sub in/a.jpg before/a.jpg -o out6
[ ! -e out6 ] || fail "something was written before the clash was found"
expect 1 "cannot write 'out.gif'" "$GAN" colorize model.safetensors in/a.jpg -o out.gif

# Outputs that cannot be written.
expect 1 'absent/one.png' "$GAN" colorize model.safetensors in/a.jpg -o absent/one.png
in_out '^0 of 1 pictures coloured$'
echo text >file
expect 1 "cannot make folder 'file'" "$GAN" colorize model.safetensors in -o file/
[ "$(cat file)" = text ] || fail "a file in the way was changed"

expect 1 'absent.safetensors' "$GAN" colorize absent.safetensors in -o out7
[ ! -e out7 ] || fail "a folder was made without a model"
expect 2 'output is missing' "$GAN" colorize model.safetensors in
expect 2 'too few arguments' "$GAN" colorize model.safetensors -o out
expect 2 'output needs a value OUT' "$GAN" colorize model.safetensors in -o

# Names that would steer a terminal are not printed as they are.
name=$(printf 'in\033[2J.png')
expect 1 'in?\[2J.png' "$GAN" colorize model.safetensors "$name" -o x.png
not_in_err "$(printf '\033')"

finish

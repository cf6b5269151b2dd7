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

# A folder may be coloured into one within it, again and again.
cp -r in within
expect 0 '^3 of 3 pictures coloured$' "$GAN" colorize model.safetensors within -o within/out
expect 0 '^3 of 3 pictures coloured$' "$GAN" colorize model.safetensors ./within/ -o "$PWD/within/out/"
[ ! -e within/out/out ] || fail "outputs were taken for inputs"

# Outputs that cannot be written.
expect 1 'absent/one.png' "$GAN" colorize model.safetensors in/a.jpg -o absent/one.png
in_out '^0 of 1 pictures coloured$'
echo text >file
expect 1 "cannot make folder 'file'" "$GAN" colorize model.safetensors in -o file/
[ "$(wc -l <err)" -eq 1 ] || fail "said more than once"
[ "$(cat file)" = text ] || fail "a file in the way was changed"

expect 1 'absent.safetensors' "$GAN" colorize absent.safetensors in -o out7
[ ! -e out7 ] || fail "a folder was made without a model"
expect 2 'output is missing' "$GAN" colorize model.safetensors in
expect 2 'too few arguments' "$GAN" colorize model.safetensors -o out
expect 2 'output needs a value OUT' "$GAN" colorize model.safetensors in -o

# Models of any kind.
for file in frozen.onnx plain.pth plain.safetensors; do
    expect 0 '' "$GAN" export model.safetensors -o $file
    expect 0 '^1 of 1 pictures coloured$' "$GAN" colorize $file in/a.jpg -o by_$file.png
done
same one.png by_plain.safetensors.png
same one.png by_plain.pth.png
head -c 3000 frozen.onnx >cut.onnx
expect 1 "cut.onnx" "$GAN" colorize cut.onnx in/a.jpg -o by_cut.png
[ ! -e by_cut.png ] || fail "a picture by half a model"

# Strength and upsampling.
expect 0 '' "$GAN" colorize model.safetensors in/a.jpg -o plain.png --strength 1 --upsample guided
same one.png plain.png
expect 0 '' "$GAN" colorize model.safetensors in/sub/gray.JPG -o gray.png --strength 0
expect 0 '' "$GAN" colorize model.safetensors gray.png -o gray2.png --strength 0
same gray.png gray2.png
expect 0 '' "$GAN" colorize model.safetensors in/a.jpg -o bicubic.png --upsample bicubic
cmp -s one.png bicubic.png && fail "--upsample bicubic changes nothing"
expect 0 '' "$GAN" colorize model.safetensors in/a.jpg -o factor.png --scale 2
expect 0 '' "$GAN" colorize model.safetensors in/a.jpg -o pixels.png --scale 64
same factor.png pixels.png
cmp -s one.png factor.png && fail "--scale changes nothing"
expect 0 '' "$GAN" colorize model.safetensors in/a.jpg -o q30.jpg --quality 30
[ "$(wc -c <q30.jpg)" -lt "$(wc -c <one.jpg)" ] || fail "--quality 30 is no smaller"

# Tiles: the cost is said first.
expect 0 'tiles of 64 pixels and .* GFLOP: .* times one pass' "$GAN" colorize model.safetensors in/a.jpg -o tiled.png --tile 60
sed 's/^batch = 2/&\nrecipe = regression/; s/^filters = 4/&\nnorm = instance/' model.ini >instance.ini
expect 0 '' "$GAN" train instance.ini --out instance --quiet
expect 1 "cannot make tiles: .*depends on the whole picture" "$GAN" colorize instance/best.safetensors in/a.jpg -o no.png --tile 64
[ ! -e no.png ] || fail "tiles with instance norm"

# Several at a time give the bytes of one.
mkdir many
for i in 1 2 3 4 5 6 7 8 9; do cp in/a.jpg many/$i.jpg && cp in/sub/deep/source.png many/$i.png; done
expect 0 '^18 of 18 pictures coloured$' "$GAN" colorize model.safetensors many -o many1 --threads 1
expect 0 '^18 of 18 pictures coloured$' "$GAN" colorize model.safetensors many -o many3 --threads 3
grep -q 'colouring *100%' err || fail "no progress"
diff -r many1 many3 >/dev/null || fail "the number of threads shows"
same many1/1.png many1/9.png

# Pipes: in the format that came in.
"$GAN" colorize model.safetensors - -o - <in/a.jpg >piped.jpg 2>err || fail "a pipe"
same one.jpg piped.jpg
"$GAN" colorize model.safetensors - -o piped.png <in/a.jpg >out 2>err || fail "a pipe into a file"
same one.png piped.png
"$GAN" colorize model.safetensors - -o - <in/sub/deep/source.png 2>err | cat >piped2.png || fail "a pipe of PNG"
same new/out/sub/deep/source.png piped2.png
expect 1 "'standard input' is empty" "$GAN" colorize model.safetensors - -o x.png
head -c 900 in/a.jpg | "$GAN" colorize model.safetensors - -o cut.jpg 2>err && fail "half a picture from a pipe"
[ ! -e cut.jpg ] || fail "output of half a picture"

# Video.
frame()
{
    echo FRAME
    head -c 1536 in/sub/deep/source.png
}
{
    echo 'YUV4MPEG2 W48 H32 F25:1 Ip A1:1 Cmono'
    frame
    frame
    frame
} >film.y4m
expect 0 '' "$GAN" colorize model.safetensors --y4m film.y4m -o film2.y4m
grep -q '3 frames coloured' err || fail "frames are not counted"
head -n 1 film2.y4m | grep -q '^YUV4MPEG2 W48 H32 F25:1 Ip A1:1 C420jpeg$' || fail "the header of the video"
[ "$(wc -c <film2.y4m)" -eq $(($(head -n 1 film2.y4m | wc -c) + 3 * (6 + 1536 + 1536 / 2))) ] || fail "frames of another size"
"$GAN" colorize model.safetensors --y4m - -o - <film.y4m >film3.y4m 2>err || fail "video through pipes"
same film2.y4m film3.y4m
expect 0 '' "$GAN" colorize model.safetensors --y4m film.y4m -o film709.y4m --y4m-matrix bt709 --smooth 0
cmp -s film2.y4m film709.y4m && fail "--y4m-matrix changes nothing"
head -c 3000 film.y4m >cut.y4m
expect 1 "cut.y4m': it ends within a frame" "$GAN" colorize model.safetensors --y4m cut.y4m -o no.y4m
[ ! -e no.y4m ] || fail "a file of a film that is cut off"
expect 1 "would overwrite its input" "$GAN" colorize model.safetensors --y4m film.y4m -o film.y4m
expect 1 "no YUV4MPEG2" "$GAN" colorize model.safetensors --y4m in/a.jpg -o no.y4m
expect 1 "cannot open 'absent.y4m'" "$GAN" colorize model.safetensors --y4m absent.y4m -o no.y4m

# Arguments that make no sense.
refused()
{
    pattern=$1
    shift
    expect 2 "$pattern" "$GAN" colorize model.safetensors "$@"
    [ ! -e none.png ] || fail "output of a wrong call: $*"
}
refused 'strength' in/a.jpg -o none.png --strength -1
refused 'strength' in/a.jpg -o none.png --strength 2.5
refused 'strength' in/a.jpg -o none.png --strength nan
refused 'strength' in/a.jpg -o none.png --strength much
refused 'scale' in/a.jpg -o none.png --scale 0
refused 'scale' in/a.jpg -o none.png --scale inf
refused 'tile' in/a.jpg -o none.png --tile 0
refused 'tile' in/a.jpg -o none.png --tile 1e3
refused 'quality' in/a.jpg -o none.png --quality 0
refused 'quality' in/a.jpg -o none.png --quality 101
refused 'upsample' in/a.jpg -o none.png --upsample nearest
refused 'y4m-matrix' --y4m film.y4m -o none.png --y4m-matrix bt2020
refused 'smooth' --y4m film.y4m -o none.png --smooth 1
refused 'not for video' --y4m film.y4m -o none.png --tile 64
refused 'beside --y4m' in/a.jpg --y4m film.y4m -o none.png
refused 'is for one picture' in/a.jpg - -o none.png
refused 'is for one picture' in/a.jpg in/sub/gray.JPG -o -
expect 1 'short side of 3 pixels' "$GAN" colorize model.safetensors in/a.jpg -o none.png --scale 0.1

# Names that would steer a terminal are not printed as they are.
name=$(printf 'in\033[2J.png')
expect 1 'in?\[2J.png' "$GAN" colorize model.safetensors "$name" -o x.png
not_in_err "$(printf '\033')"

finish

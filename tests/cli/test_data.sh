#!/bin/sh
# gan data: reports on folders, sheets of samples, arguments.
. "${GAN_SOURCE_DIR:?}/tests/cli/common.sh"

"$GAN" scenes photos --count 6 --size 48 >/dev/null 2>&1 || fail "no scenes"
cp photos/scene_000002.png photos/zcopy.png
echo text >photos/broken.png
printf '[data]\ntrain = photos\nsize = 32\n' >x.ini

expect 0 '^  files  *8$' "$GAN" data photos
in_out '^  damaged  *1$'
in_out '^  duplicates  *1$'
in_out '^  short side  *48 to 48 pixels, median 48'
expect 0 'duplicate zcopy.png of scene_000002.png' "$GAN" data x.ini --list
in_out 'damaged   broken.png: '
expect 0 '' "$GAN" data x.ini --json
cp out report.json
json report.json photos files damaged gray duplicates short_side_median chroma hue
[ "$(value report.json duplicates)" = 1 ] || fail "not one duplicate"

# A gray folder is seen as such.
mkdir gray
printf 'P5 8 8 255\n%064d' 0 >gray.pgm
if command -v pnmtopng >/dev/null; then
    pnmtopng gray.pgm >gray/1.png 2>/dev/null
    expect 0 '^  gray  *1$' "$GAN" data gray
fi

# Three samples of 32 pixels below one another, source and target side by side, then hints between them.
expect 0 '' "$GAN" data x.ini --preview sheet.png -n 3
head -c 24 sheet.png | tail -c 8 | od -An -tu1 >size
echo '   0   0   0  66   0   0   0 100' | cmp -s - size || fail "the sheet is not 66x100: $(cat size)"
expect 0 '' "$GAN" data x.ini --preview hints.png -n 3 --set data.hints=yes --set augment.rotate=30
head -c 24 hints.png | tail -c 8 | od -An -tu1 >size
echo '   0   0   0 100   0   0   0 100' | cmp -s - size || fail "the sheet is not 100x100: $(cat size)"
expect 0 '' "$GAN" data x.ini --preview lines.png --set data.input=lines --set data.colour_space=rgb
expect 0 '' "$GAN" data x.ini --preview again.png -n 3
same sheet.png again.png

expect 2 'too few arguments' "$GAN" data
expect 2 'need a CONFIG' "$GAN" data photos --preview s.png
expect 1 "cannot open 'none.ini'" "$GAN" data none.ini
printf '[data]\nsize = 32\n' >empty.ini
expect 1 "names no folder of photographs" "$GAN" data empty.ini
expect 1 "no photographs: set \[data\] train" "$GAN" data empty.ini --preview s.png
expect 1 "" "$GAN" data x.ini --preview sheet.txt
expect 1 "cannot create 'nodir/x.png': " "$GAN" data x.ini --preview nodir/x.png
mkdir nothing bad
expect 1 "no PNG or JPEG files in 'nothing'" "$GAN" data nothing
echo text >bad/1.png
expect 1 "no readable pictures in 'bad'" "$GAN" data bad

finish

#!/bin/sh
# gan colorize --method and gan eval --method: what they need, write and say.
. "${GAN_SOURCE_DIR:?}/tests/cli/common.sh"
"$GAN" scenes drawn --count 6 --size 48 >/dev/null 2>&1 || fail "scenes"
picture=drawn/$(ls drawn | head -n 1)
lender=drawn/$(ls drawn | tail -n 1)

# A scene is colourful all over, so as scribbles it knows nearly all of itself.
expect 0 '1 of 1 pictures' "$GAN" colorize --method levin --scribbles "$picture" "$picture" -o levin.png
expect 0 '1 of 1 pictures' "$GAN" colorize --method rules "$picture" -o rules.png
expect 0 '1 of 1 pictures' "$GAN" colorize --method rules --rules "$GAN_SOURCE_DIR/configs/rules.ini" "$picture" -o file.png
same rules.png file.png
for method in reinhard welsh regions; do
    expect 0 '6 of 6 pictures' "$GAN" colorize --method $method --reference "$lender" drawn -o $method --threads 2
    "$GAN" colorize --method $method --reference "$lender" drawn -o one --threads 1 >/dev/null 2>&1
    for file in $(cd $method && ls); do same "$method/$file" "one/$file"; done
done
expect 0 '' sh -c '"$1" colorize --method rules - -o - <"$2" >piped.png' sh "$GAN" "$picture"
same rules.png piped.png
expect 0 '' "$GAN" colorize --method rules --strength 0 "$picture" -o gray.png
cmp -s gray.png rules.png && fail "--strength changes nothing"

expect 1 "method 'welsh' needs a reference picture" "$GAN" colorize --method welsh "$picture" -o x.png
expect 1 "gray.png' has no colour to lend" "$GAN" colorize --method welsh --reference gray.png "$picture" -o x.png
expect 1 "method 'levin' needs --scribbles" "$GAN" colorize --method levin "$picture" -o x.png
expect 1 "scribbles 'gray.png': it holds no scribbles" \
    "$GAN" colorize --method levin --scribbles gray.png "$picture" -o x.png
"$GAN" scenes large --count 1 --size 64 >/dev/null 2>&1
expect 1 "the scribbles are of 64x64 pixels, the picture of 48x48" \
    "$GAN" colorize --method levin --scribbles large/*.png "$picture" -o x.png
expect 1 "method 'rules' takes no scribbles" \
    "$GAN" colorize --method rules --scribbles "$picture" "$picture" -o x.png
expect 2 'scribbles are for one INPUT' "$GAN" colorize --method levin --scribbles "$picture" drawn -o x
printf '[sky]\ncolour = blue\n' >bad.ini
expect 1 "bad.ini:2: 'blue' is no colour" "$GAN" colorize --method rules --rules bad.ini "$picture" -o x.png
expect 1 "'magic' is no method; there are: gray, levin" "$GAN" colorize --method magic "$picture" -o x.png
expect 2 'for a MODEL, not for --method' "$GAN" colorize --method rules --tile 64 "$picture" -o x.png
expect 2 'are for --method' "$GAN" colorize model --rules bad.ini "$picture" -o x.png
expect 2 'too few arguments' "$GAN" colorize --method rules -o x.png
[ ! -e x.png ] || fail "a failure left a picture"

# eval: the floor, JSON, a row a picture, a sheet
expect 0 '^6 pictures of 32x32' "$GAN" eval --method rules --data drawn --size 32 --csv rules.csv --sheet sheet.png --relight
for row in psnr mse ssim l1 delta_e colourfulness ab_intersection hue_drift; do in_out "^$row"; done
[ "$(wc -l <rules.csv)" -eq 7 ] || fail "not 7 lines of CSV"
head -n 1 rules.csv | grep -q '^picture,psnr,gray_psnr,.*colourfulness,colourfulness_true,.*,hue_drift,' || fail "header"
grep -A 1 '^ab_intersection' out | grep -q '^\.\.\. of the set' || fail "the set's figure is not below that of pictures"
[ -s sheet.png ] || fail "no sheet"

expect 0 '' "$GAN" eval --method rules --data drawn --size 32 --json
grep -q '"hue_drift": null' out || fail "hue_drift without --relight"
json out psnr mse ssim l1 delta_e colourfulness colourfulness_true ab_intersection ab_intersection_set hue_drift gray_psnr
mean=$(tail -n +2 rules.csv | awk -F, '{ sum += $2 } END { print sum / NR }')
awk -v a="$mean" -v b="$(value out psnr)" 'BEGIN { exit !(a - b < 1e-3 && b - a < 1e-3) }' ||
    fail "psnr $(value out psnr), of the rows $mean"

# More points are better; the same seed is the same, whatever the threads.
for points in 5 100; do "$GAN" eval --method levin --points $points --data drawn --size 32 --json >$points.json 2>err; done
awk -v a="$(value 5.json psnr)" -v b="$(value 100.json psnr)" 'BEGIN { exit !(b > a + 2) }' || fail "points do not help"
"$GAN" eval --method levin --points 5 --data drawn --size 32 --json --threads 1 --batch 4 >again.json 2>err
[ "$(value again.json psnr)" = "$(value 5.json psnr)" ] || fail "threads change figures"
"$GAN" eval --method levin --points 5 --seed 2 --data drawn --size 32 --json >other.json 2>err
[ "$(value other.json psnr)" != "$(value 5.json psnr)" ] || fail "the seed changes nothing"

expect 0 '' "$GAN" eval --method rules --data drawn --size 32
grep -q '^hue_drift' out && fail "hue_drift without --relight"
expect 1 "method 'reinhard' needs a reference picture" "$GAN" eval --method reinhard --data drawn
expect 1 "cannot save 'sheet.gif'" "$GAN" eval --method rules --data drawn --sheet sheet.gif
expect 1 "absent" "$GAN" eval --method rules --data drawn --csv absent/rules.csv
expect 2 "unexpected argument 'model' beside --method" "$GAN" eval model --method rules --data drawn
expect 2 'hints is for a MODEL' "$GAN" eval --method rules --data drawn --hints 5
expect 2 'a MODEL or --method' "$GAN" eval --data drawn
expect 2 'are for --method' "$GAN" eval model --data drawn --reference "$lender"

finish

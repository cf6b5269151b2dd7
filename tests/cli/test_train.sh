# gan train: resuming bit for bit after every kind of interruption, what is refused, and what survives.
. "$(dirname "$0")/tiny.sh"
make_tiny 'pool = 5'

# A run that is never interrupted: 3 epochs of 6 steps.
expect 0 '' "$GAN" train tiny.ini --out whole --quiet
[ "$(tail -n 1 whole/log.csv | cut -d, -f1)" = 18 ] || fail "the last step is not 18"
[ "$(wc -l <whole/val.csv)" -eq 4 ] || fail "val.csv has not three rows"
[ -f whole/config.ini ] && [ ! -e whole/epoch_0002.safetensors ] || fail "the folder is not as it should be"

# --steps, in the middle of an epoch, at its end, and behind where the run is already
for n in 4 4 6 3 11; do expect 0 '' "$GAN" train tiny.ini --out parts --quiet --resume --steps $n; done
[ "$(tail -n 1 parts/log.csv | cut -d, -f1)" = 11 ] || fail "--steps 11 did not stop at 11"
expect 0 '' "$GAN" train tiny.ini --out parts --quiet --resume
same_run whole parts

# The same bits once more, and others from another seed
expect 0 '' "$GAN" train tiny.ini --out again --quiet
same_run whole again
expect 0 '' "$GAN" train tiny.ini --out seed --quiet --set run.seed=2
cmp -s whole/latest.safetensors seed/latest.safetensors && fail "another seed gave the same weights"

# SIGTERM saves and exits with 130; the run goes on as if nothing had been
slow="--set checkpoint.every_epochs=0 --set train.epochs=200"
# shellcheck disable=SC2086
"$GAN" train tiny.ini --out signal --quiet $slow 2>err &
pid=$!
while [ ! -s signal/log.csv ] || [ "$(wc -l <signal/log.csv)" -lt 2 ]; do sleep 0.05; kill -0 $pid 2>/dev/null || break; done
sleep 0.3
kill -TERM $pid
wait $pid
[ $? -eq 130 ] || fail "exit code after SIGTERM is not 130"
[ -f signal/latest.safetensors ] || fail "nothing was saved after SIGTERM"
done_steps=$(tail -n 1 signal/log.csv | cut -d, -f1)
# shellcheck disable=SC2086
expect 0 '' "$GAN" train tiny.ini --out signal --quiet --resume --steps $((done_steps + 5)) $slow
# shellcheck disable=SC2086
expect 0 '' "$GAN" train tiny.ini --out straight --quiet --steps $((done_steps + 5)) $slow
same signal/latest.safetensors straight/latest.safetensors
steps signal >a.steps
steps straight >b.steps
same a.steps b.steps

# kill -9 at any moment leaves a checkpoint that loads, or none yet
for delay in 0.05 0.1 0.2 0.3 0.4 0.5 0.7; do
    # shellcheck disable=SC2086
    "$GAN" train tiny.ini --out killed --quiet --resume --set train.epochs=200 --set checkpoint.keep=0 2>/dev/null &
    pid=$!
    sleep $delay
    kill -9 $pid
    wait $pid 2>/dev/null
    [ ! -e killed/latest.safetensors ] || expect 0 '' "$GAN" info killed/latest.safetensors
done
expect 0 '' "$GAN" train tiny.ini --out killed --quiet --resume --set train.epochs=200 --set checkpoint.keep=0 --steps 40
cut -d, -f1 killed/log.csv | sed 1d >numbers
seq 1 "$(tail -n 1 numbers)" | cmp -s - numbers || fail "log.csv does not hold each step once"

# What is refused
expect 1 'holds a run already' "$GAN" train tiny.ini --out whole
expect 1 'generator.filters differs' "$GAN" train tiny.ini --out whole --resume --set generator.filters=16
expect 1 'optimizer.lr differs' "$GAN" train tiny.ini --out whole --resume --set optimizer.lr=0.001
expect 0 '' "$GAN" train tiny.ini --out whole --resume --quiet --set train.epochs=3
[ "$(tail -n 1 whole/log.csv | cut -d, -f1)" = 24 ] || fail "more epochs were not made"
expect 0 'starting afresh' "$GAN" train tiny.ini --out new --resume --steps 1
expect 2 'CONFIG' "$GAN" train
expect 1 'no-such.ini' "$GAN" train no-such.ini
expect 1 "tiny.ini.*nowhere\|nowhere" "$GAN" train tiny.ini --out x1 --set data.train=nowhere
expect 1 'no photographs' "$GAN" train tiny.ini --out x2 --set data.train=
expect 1 'epoch' "$GAN" train tiny.ini --out x3 --set train.epoch=5
expect 1 "'unett' is no generator; there are: unet, resnet" "$GAN" train tiny.ini --out x4 --set generator.model=unett
expect 1 "'pix' is no recipe" "$GAN" train tiny.ini --out x5 --set train.recipe=pix
expect 1 'multiple of 8' "$GAN" train tiny.ini --out x6 --set data.size=20
mkdir empty
expect 1 "empty" "$GAN" train tiny.ini --out x7 --set data.train=empty
echo "no picture" >empty/a.jpg
expect 1 "no usable photographs" "$GAN" train tiny.ini --out x8 --set data.train=empty
: >file
expect 1 "file" "$GAN" train tiny.ini --out file/run

# What cannot begin leaves nothing that it made, and all that was there
expect 1 'nowhere' "$GAN" train tiny.ini --out x9/runs/one --set data.train=nowhere
mkdir mine
echo note >mine/notes
expect 1 'discriminator.layers' "$GAN" train tiny.ini --out mine --set discriminator.layers=5
expect 1 'no-such' "$GAN" train tiny.ini --out mine/x --init no-such.safetensors
expect 1 'nowhere' "$GAN" train tiny.ini --out whole --resume --set data.train=nowhere
[ "$(echo x? mine/*)" = 'x? mine/notes' ] || fail "left: $(echo x? mine/*)"
[ -f whole/log.csv ] && [ -d whole/samples ] || fail "a run that cannot go on was damaged"

# One folder only: a part is held out
expect 0 '' "$GAN" train tiny.ini --out held --quiet --set data.val= --steps 6
cut -d, -f9 held/val.csv | tail -n 1 | grep -q '^1$' || fail "not one of 24 pictures was held out"

# A damaged checkpoint is found, and nothing is lost over it
cp -r parts damaged
size=$(wc -c <damaged/latest.safetensors)
printf 'X' | dd of=damaged/latest.safetensors bs=1 seek=$((size - 100)) conv=notrunc 2>/dev/null
expect 1 'checksum' "$GAN" train tiny.ini --out damaged --resume --set train.epochs=3
same parts/log.csv damaged/log.csv
head -c 1000 parts/latest.safetensors >damaged/latest.safetensors
expect 1 'damaged/latest.safetensors' "$GAN" train tiny.ini --out damaged --resume --set train.epochs=3
same parts/val.csv damaged/val.csv

# A full disk: the message says so, the last good checkpoint stays
cp -r parts full
(ulimit -f 64; trap '' XFSZ; "$GAN" train tiny.ini --out full --quiet --resume --set train.epochs=3 >out 2>err)
[ $? -eq 1 ] || fail "a full disk did not fail"
grep -q 'latest.safetensors\|File too large\|cannot write' err || fail "the full disk is not named"
same parts/latest.safetensors full/latest.safetensors

# Regression, and --quiet prints nothing
expect 0 '' "$GAN" train tiny.ini --out regression --quiet --set train.recipe=regression
[ ! -s out ] && [ ! -s err ] || fail "--quiet is not quiet"
head -n 1 regression/log.csv | grep -q '^step,epoch,g_l1,g_l2,g_perceptual,lr,ms,images_per_s$' || fail "columns of regression"
expect 0 'cache_mib' "$GAN" train --help-config
finish

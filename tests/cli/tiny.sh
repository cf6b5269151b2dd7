# A run of 18 steps on 24 pictures that takes a second, and what two of them are compared by; sourced.
. "$(dirname "$0")/../cli/common.sh"

# make_tiny [LINES]: tiny.ini with its pictures; the lines stand at its end, in [train]
make_tiny()
{
    cat >tiny.ini <<INI
[data]
train = scenes
val = val
size = 16
[generator]
filters = 8
levels = 3
[discriminator]
filters = 8
layers = 2
[checkpoint]
samples = 2
keep = 1
[train]
batch = 4
epochs = 2
decay_epochs = 1
ema = 0.9
${1-}
INI
    "$GAN" scenes scenes --count 24 --size 24 --seed 1 >/dev/null 2>&1 || fail "cannot draw scenes"
    "$GAN" scenes val --count 5 --size 24 --seed 2 >/dev/null 2>&1 || fail "cannot draw scenes"
}

# Steps and losses of a log, without the times.
steps()
{
    cut -d, -f1-8 "$1/log.csv"
}

# same_run A B: everything that a run leaves, but times
same_run()
{
    for file in latest.safetensors best.safetensors epoch_0003.safetensors val.csv samples/epoch_0003.png; do
        same "$1/$file" "$2/$file"
    done
    steps "$1" >a.steps
    steps "$2" >b.steps
    same a.steps b.steps
}

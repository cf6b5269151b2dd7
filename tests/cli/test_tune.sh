# [run] tune: a tuned run is resumed with the kernels it began with, bit for bit, whatever the cache or the clock say.
. "$(dirname "$0")/common.sh"
export GAN_TUNING_CACHE=

cat >tiny.ini <<'INI'
[run]
tune = fast
threads = 2
[data]
train = scenes
val = scenes
size = 16
[generator]
filters = 16
levels = 3
[discriminator]
filters = 16
layers = 2
[train]
batch = 4
epochs = 1
decay_epochs = 0
[checkpoint]
samples = 0
INI
"$GAN" scenes scenes --count 24 --size 24 --seed 1 >/dev/null 2>&1 || fail "cannot draw scenes"

export GAN_TUNING_CACHE="$folder/cache"
expect 0 '' "$GAN" train tiny.ini --out whole --quiet
set -- cache/tuning-*.txt
[ -s "$1" ] || fail "no cache was written"
expect 0 '' "$GAN" train tiny.ini --out again --quiet
same whole/latest.safetensors again/latest.safetensors
grep -q '^tune = fast' whole/config.ini || fail "config.ini does not say tune = fast"

# the rest of the run on a machine without this cache
expect 0 '' "$GAN" train tiny.ini --out parts --quiet --steps 2
export GAN_TUNING_CACHE=
expect 0 '' "$GAN" train tiny.ini --out parts --quiet --resume
same whole/latest.safetensors parts/latest.safetensors

# untuned and tuned runs do not mix, unless they are asked to
expect 1 'run.tune differs' "$GAN" train tiny.ini --out parts --quiet --resume --set run.tune=off
expect 0 '' "$GAN" train tiny.ini --out off --quiet --steps 2 --set run.tune=off
grep -q '"tuning"' off/latest.safetensors && fail "an untuned run recorded kernels"
grep -q '"tuning"' parts/latest.safetensors || fail "a tuned run recorded none"

# kernels of another machine
if command -v python3 >/dev/null; then
    python3 - parts/latest.safetensors <<'PY' || fail "cannot change the record"
import json, struct, sys
data = open(sys.argv[1], 'rb').read()
n = struct.unpack('<Q', data[:8])[0]
header = json.loads(data[8:8 + n])
texts = header['__metadata__']
texts['tuning'] = texts['tuning'].replace(' b16 ', ' b4 ').replace(' b8 ', ' b4 ')
texts.pop('crc32_metadata')
text = json.dumps(header).encode()
text += b' ' * (-len(text) % 64)
open(sys.argv[1], 'wb').write(struct.pack('<Q', len(text)) + text + data[8 + n:])
PY
    expect 1 'gan train --retune' "$GAN" train tiny.ini --out parts --quiet --resume
    in_err 'no kernel is recorded'
    export GAN_TUNING_CACHE="$folder/cache"
    expect 0 '' "$GAN" train tiny.ini --out parts --quiet --resume --retune
fi

# the other commands that make a run's plans
export GAN_TUNING_CACHE="$folder/cache"
expect 0 '' "$GAN" plan tiny.ini
expect 0 '' "$GAN" bench tiny.ini --steps 3 --json
finish

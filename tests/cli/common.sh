# What the tests of the program share; sourced. They run in a folder of their own, with $GAN in the environment.
set -u
: "${GAN:?the program to test}"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1
failures=0

fail()
{
    echo "FAILED: $*"
    sed 's/^/    /' out err 2>/dev/null
    failures=$((failures + 1))
}

# expect STATUS PATTERN COMMAND...: runs it, its output in `out` and `err`; one of them holds PATTERN (basic; '': any)
expect()
{
    status=$1 pattern=$2
    shift 2
    "$@" >out 2>err </dev/null
    got=$?
    [ $got -eq "$status" ] || fail "$*: exit code $got, not $status"
    [ -z "$pattern" ] || grep -q -e "$pattern" out err || fail "$*: no '$pattern'"
}

# in_out PATTERN, in_err PATTERN, not_in_err PATTERN: after expect
in_out()
{
    grep -q -e "$1" out || fail "stdout: no '$1'"
}

in_err()
{
    grep -q -e "$1" err || fail "stderr: no '$1'"
}

not_in_err()
{
    ! grep -q -e "$1" err || fail "stderr: '$1'"
}

same()
{
    cmp -s "$1" "$2" || fail "$1 and $2 differ"
}

# json FILE KEY...: it is one JSON value, and has the keys
json()
{
    file=$1
    shift
    if command -v python3 >/dev/null; then python3 -m json.tool "$file" >/dev/null || fail "$file is no JSON"; fi
    for key; do grep -q "\"$key\": " "$file" || fail "$file: no '$key'"; done
}

# value FILE KEY: its number
value()
{
    sed -n "s/.*\"$2\": \([-+.0-9e]*\).*/\1/p" "$1"
}

# A small model that has hardly learnt anything: model.safetensors, and latest.safetensors of the same run.
make_model()
{
    "$GAN" scenes drawn --count 8 --size 64 >/dev/null 2>&1 || fail "scenes"
    cat >model.ini <<'INI'
[data]
train = drawn
val = drawn
size = 32
[generator]
filters = 4
levels = 3
[discriminator]
filters = 4
layers = 2
[train]
batch = 2
epochs = 1
decay_epochs = 0
[checkpoint]
samples = 0
INI
    "$GAN" train model.ini --out run --quiet >out 2>err || fail "train"
    cp run/best.safetensors model.safetensors
}

# cut_run NAME STEP OPTION...: a run of model.ini in NAME, and one in NAME-parts that is cut after STEP and resumed, end
# with the same bits.
cut_run()
{
    name=$1 step=$2
    shift 2
    expect 0 '' "$GAN" train model.ini --out "$name" --quiet "$@"
    expect 0 '' "$GAN" train model.ini --out "$name-parts" --quiet "$@" --steps "$step"
    expect 0 '' "$GAN" train model.ini --out "$name-parts" --quiet "$@" --resume
    same "$name/latest.safetensors" "$name-parts/latest.safetensors"
    same "$name/best.safetensors" "$name-parts/best.safetensors"
}

# use_model NAME PICTURE: the run's best model is measured on drawn, and colours the picture.
use_model()
{
    expect 0 'psnr' "$GAN" eval "$1/best.safetensors" --data drawn
    rm -f "$1.png"
    expect 0 '' "$GAN" colorize "$1/best.safetensors" "$2" -o "$1.png"
    [ -s "$1.png" ] || fail "$1: no picture"
}

# prove_export NAME OPTION...: the model is exported, and the file runs as its proof says.
prove_export()
{
    name=$1
    shift
    expect 0 '' "$GAN" export "$name/best.safetensors" -o "$name.onnx" "$@"
    expect 0 'verified' "$GAN" info --verify "$name.onnx"
}

finish()
{
    [ $failures -eq 0 ] || { echo "$failures failed" && exit 1; }
    echo "all as expected"
}

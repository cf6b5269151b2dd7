# Under mpirun every failure ends the whole job within seconds, with one message, and leaves the last checkpoint.
. "$(dirname "$0")/mpi.sh"
make_tiny_ranks
endless="--quiet --set train.epochs=100000"

# What is the same in all ranks is said once.
expect 1 '' ranks 2 "$GAN" train tiny.ini --out x --set train.batch=3
once 'train.batch = 3 cannot be divided among 2 ranks'
expect 1 '' ranks 4 "$GAN" train tiny.ini --out x
once 'train.pool = 6 cannot be divided among 4 ranks'
expect 1 '' ranks 2 "$GAN" train tiny.ini --out x --set train.bat=3
once "unknown key 'bat'"
expect 1 '' ranks 2 "$GAN" train tiny.ini --out x --set data.train=nowhere
once "nowhere"
mkdir broken
for number in 1 2 3 4 5 6; do echo 'no picture' >broken/$number.png; done
expect 1 '' ranks 2 "$GAN" train tiny.ini --out broken.run --set data.train=broken
once 'no usable photographs'
once "gan: warning: skipping '1.png'"
once "gan: rank 1: warning: skipping '1.png'"
[ ! -e x/log.csv ] || fail "a run began"

# What differs is named, with the rank.
expect 1 '' ranks 1 "$GAN" train tiny.ini --out x : -n 1 "$GAN" train tiny.ini --out x --set optimizer.lr=0.001
once "rank 1: optimizer.lr is not rank 0's"
expect 1 '' ranks 1 "$GAN" train tiny.ini --out x : -n 1 "$GAN" train tiny.ini --out x --set data.train=val
once "rank 1: its list of photographs to learn from is not rank 0's"
expect 1 '' ranks 1 "$GAN" train tiny.ini --out x : -n 1 env ONEDNN_MAX_CPU_ISA=SSE41 DNNL_MAX_CPU_ISA=SSE41 \
    "$GAN" train tiny.ini --out x
once "rank 1: its kind of CPU is not rank 0's"
# A recipe that rank 0 does not know; a step that it alone is to stop after.
expect 1 '' ranks 1 "$GAN" train tiny.ini --out x --set train.recipe=typo : -n 1 "$GAN" train tiny.ini --out x
once "'typo' is no recipe"
expect 1 '' ranks 1 "$GAN" train tiny.ini --out x --steps 4 : -n 1 "$GAN" train tiny.ini --out x
once "rank 1: the step it stops after is not rank 0's"
# The launcher of another MPI would start runs that do not know of each other.
if [ -n "$another" ]; then
    expect 1 '' timeout 120 "$another" -n 2 "$GAN" train tiny.ini --out x
    once 'another MPI than the launcher'
fi
[ ! -e x/log.csv ] || fail "a run began"
# Folders may have another name on another machine.
cp -r scenes elsewhere
expect 0 '' ranks 1 "$GAN" train tiny.ini --quiet --out paths --steps 1 : \
    -n 1 "$GAN" train tiny.ini --quiet --out paths --steps 1 --set data.train=elsewhere

# A full disk: room for one checkpoint, but not for the next beside it
cat >full.sh <<'SH'
mount -t tmpfs -o size=900k none full || exit 77
"$@" >out 2>err
status=$?
cp full/latest.safetensors kept.safetensors
exit $status
SH
own_mounts="unshare --mount"
[ "$(id -u)" -eq 0 ] || own_mounts="unshare --user --map-root-user --mount"
mkdir full
if $own_mounts true 2>why; then
    $own_mounts sh full.sh timeout 60 "$launcher" -n 2 "$GAN" train tiny.ini --out full --quiet 2>why
    status=$?
else
    status=77
fi
case $status in
1)
    once 'full/.*No space left on device'
    expect 0 '^step  *6$' "$GAN" info kept.safetensors
    ;;
77) echo "not tested: a full disk, since no small one can be mounted: $(tail -n 1 why)" ;;
*) fail "a full disk: exit code is not 1" ;;
esac

# begin NAME: a run that does not end by itself, once it has made steps and saved an epoch; $job is its launcher
begin()
{
    # shellcheck disable=SC2086
    "$launcher" -n 2 "$GAN" train tiny.ini --out "$1" $endless >"$1.out" 2>"$1.err" </dev/null &
    job=$!
    for _ in $(seq 600); do
        [ ! -s "$1/latest.safetensors" ] || break
        sleep 0.05
    done
    kill -0 $job 2>/dev/null || fail "$1: it ended too soon"
}

# its_ranks NAME: their processes, rank 0 first
its_ranks()
{
    pgrep -f "^$GAN train tiny.ini --out $1 "
}

# ends NAME JOB SECONDS: it ends in that time, leaves its exit code in $code and a checkpoint that loads; no rank stays
ends()
{
    began=$(date +%s)
    wait "$2"
    code=$?
    [ $(($(date +%s) - began)) -le "$3" ] || fail "$1: it took $(($(date +%s) - began)) s to end"
    expect 0 '' "$GAN" info "$1/latest.safetensors"
    for _ in $(seq 100); do
        its_ranks "$1" >/dev/null || return
        sleep 0.05
    done
    fail "$1: a rank stays"
}

# A rank dies, whichever: the launcher names it and ends the other.
begin first_dies
kill -9 "$(its_ranks first_dies | head -n 1)"
ends first_dies $job 15
[ $code -ne 0 ] || fail "the first rank died: exit code 0"
begin last_dies
kill -9 "$(its_ranks last_dies | tail -n 1)"
ends last_dies $job 15
[ $code -ne 0 ] || fail "the last rank died: exit code 0"

# A signal to the launcher: the ranks finish their step and save, if it lets them: Open MPI waits so many seconds, twice,
# whether they need them or not. MPICH's launcher may end with 0 then.
patience=5
[ -z "${GAN_SANITIZE-}" ] || patience=15
export OMPI_MCA_odls_base_sigkill_timeout=$patience PRTE_MCA_odls_base_sigkill_timeout=$patience
begin byINT
interrupted=$job
begin byTERM
kill -INT $interrupted
kill -TERM $job
ends byINT $interrupted $((2 * patience + 15))
ends byTERM $job $((2 * patience + 15))
for run in byINT byTERM; do
    mv $run.err err
    once 'interrupted; saved in'
    expect 0 '' ranks 2 "$GAN" train tiny.ini --out $run --quiet --resume --set train.epochs=100000 \
        --steps $(($(tail -n 1 $run/log.csv | cut -d, -f1) + 1))
done
finish

# gan train, plan and bench under mpirun, two ranks: curves of one process, the same bits again and after a resume.
. "$(dirname "$0")/mpi.sh"
make_tiny_ranks

# close_curves A B: every loss of every step is the same to 1e-3
close_curves()
{
    steps "$1" >a.steps
    steps "$2" >b.steps
    [ "$(wc -l <a.steps)" -eq "$(wc -l <b.steps)" ] || fail "$1 and $2 have not as many steps"
    paste -d, a.steps b.steps | awk -F, 'NR > 1 {
        for (i = 3; i <= 7; i++) { d = $i - $(i + 8); if (d < 0) d = -d; if (d > 1e-3 * $i) bad++ }
    } END { exit NR < 3 || bad > 0 }' || fail "the losses of $1 and $2 differ"
}

# With statistics over all ranks, a run is that of one process but for rounding.
alike="--set train.batch_norm=synchronised --set train.pool=0"
# shellcheck disable=SC2086
expect 0 '' "$GAN" train tiny.ini --out one --quiet $alike
# shellcheck disable=SC2086
expect 0 '' ranks 2 "$GAN" train tiny.ini --out two --quiet $alike
close_curves one two

# Rank 0 alone writes: every step once, all five pictures validated, a sample sheet.
expect 0 '' ranks 2 "$GAN" train tiny.ini --out whole
once '2 ranks (MPI), each with 2 of 4 pictures a step'
[ "$(grep -c 'parameters$' err)" -eq 2 ] || fail "both ranks told"
seq 1 18 >right
cut -d, -f1 whole/log.csv | sed 1d | cmp -s - right || fail "log.csv does not hold each step once"
[ "$(cut -d, -f9 whole/val.csv | sort -u | tr '\n' ' ')" = "5 images " ] || fail "not all pictures were validated"
expect 0 '' "$GAN" info whole/latest.safetensors

# The same bits once more, in parts, and in pieces of another size, which do not matter to two ranks
expect 0 '' ranks 2 "$GAN" train tiny.ini --out parts --quiet --steps 4
expect 0 '' ranks 2 "$GAN" train tiny.ini --out parts --quiet --resume --steps 11
expect 0 '' ranks 2 "$GAN" train tiny.ini --out parts --quiet --resume
same_run whole parts

# Another number of ranks goes on, and says so
cp -r whole less
expect 0 '2 ranks made this run, now it is 1: it goes on from the same weights, but not bit for bit' \
    "$GAN" train tiny.ini --out less --quiet --resume --set train.epochs=3
[ "$(tail -n 1 less/log.csv | cut -d, -f1)" = 24 ] || fail "one process did not go on"
expect 0 '1 ranks made this run, now it is 2' ranks 2 "$GAN" train tiny.ini --out one --quiet --resume --steps 20 \
    --set train.batch_norm=synchronised --set train.pool=0 --set train.epochs=3

# Beginning with weights, which are rank 0's to read
expect 0 '' ranks 2 "$GAN" train tiny.ini --out init --quiet --init whole/best.safetensors --steps 1

# bfloat16, three ranks, pieces larger than all
expect 0 '' ranks 3 "$GAN" train tiny.ini --out three --quiet --steps 3 --set train.batch=6 --set train.allreduce=bf16 \
    --set train.bucket_mib=4
[ "$(tail -n 1 three/log.csv | cut -d, -f1)" = 3 ] || fail "three ranks did not train"

# What they exchange: measured, and without mpirun by the model
expect 0 'waited for gradients' ranks 2 "$GAN" plan tiny.ini
in_out '^measured$'
expect 0 'sent by a rank and step' "$GAN" plan tiny.ini --ranks 4 --gbit 1 --set train.pool=4
in_out '^4 ranks, each with 1 of 4'
expect 2 'gbit' "$GAN" plan tiny.ini --ranks 4 --gbit fast --set train.pool=4
expect 2 '--gbit is the speed' "$GAN" plan tiny.ini --gbit 1
expect 1 '--ranks is a model' ranks 2 "$GAN" plan tiny.ini --ranks 4 --set train.pool=4
expect 0 '' ranks 2 "$GAN" bench tiny.ini --steps 3 --json
json out images_per_s

# Without mpirun MPI is not touched.
if [ -z "${GAN_SANITIZE-}" ] && command -v cc >/dev/null; then
    printf '#include <stdlib.h>\nint MPI_Init_thread(void);\nint MPI_Init_thread(void) { abort(); }\n' >trap.c
    cc -shared -fPIC -o trap.so trap.c || fail "cannot compile"
    expect 0 '' env LD_PRELOAD=./trap.so "$GAN" train tiny.ini --out alone --quiet --steps 1
    LD_PRELOAD=./trap.so OMPI_COMM_WORLD_SIZE=1 "$GAN" train tiny.ini --out trapped --quiet >/dev/null 2>&1 &&
        fail "the trap does not work"
fi
finish

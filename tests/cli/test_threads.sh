#!/bin/sh
# How many threads compute: --threads before [run] threads before OMP_NUM_THREADS before the CPUs that the process may use.
. "${GAN_SOURCE_DIR:?}/tests/cli/common.sh"

cat >small.ini <<'INI'
[data]
size = 16
[generator]
filters = 4
levels = 2
[discriminator]
filters = 4
layers = 1
INI
unset OMP_NUM_THREADS

# threads N COMMAND...: `gan plan` would compute with N
threads()
{
    n=$1
    shift
    expect 0 "steps on $n threads\$" "$@"
}

cpus=$(nproc)
[ "$cpus" -le 1024 ] || cpus=1024
"$GAN" plan small.ini >out 2>err || fail "gan plan"
default=$(sed -n 's/.*steps on \([0-9]*\) threads$/\1/p' out)
case $default in [1-9]*) ;; *) fail "gan plan tells no number of threads" ;; esac
[ "${default:-0}" -le "$cpus" ] || fail "$default threads on $cpus CPUs" # a quota may be less

# The order
threads 3 "$GAN" plan small.ini --threads 3
threads 3 env OMP_NUM_THREADS=2 "$GAN" plan small.ini --threads 3 --set run.threads=4
threads 4 env OMP_NUM_THREADS=2 "$GAN" plan small.ini --set run.threads=4
threads 5 env OMP_NUM_THREADS=5 "$GAN" plan small.ini
threads 5 env OMP_NUM_THREADS=5,2 "$GAN" plan small.ini --set run.threads=0

# What is no number of threads
for n in 0 -1 1025 99999999999999999999 2x '' ' '; do
    expect 2 "is not a whole number of 1 to 1024" "$GAN" plan small.ini --threads "$n"
done
for n in -1 1025 99999999999999999999; do
    expect 1 "run.threads" "$GAN" plan small.ini --set "run.threads=$n"
done
for n in 0 -3 many 99999999999999999999; do
    threads "$default" env "OMP_NUM_THREADS=$n" "$GAN" plan small.ini
done

# Many more threads than CPUs work.
threads 64 "$GAN" plan small.ini --threads 64

# An affinity mask is the machine, as far as the default goes.
if command -v taskset >/dev/null; then
    first=$(taskset -cp $$ | sed 's/.*: \([0-9]*\).*/\1/')
    threads 1 taskset -c "$first" "$GAN" plan small.ini
    threads 2 taskset -c "$first" "$GAN" plan small.ini --threads 2
fi

# The environment says how threads wait, unless the user does.
for variable in OMP_WAIT_POLICY=passive GOMP_SPINCOUNT=1 KMP_BLOCKTIME=0; do
    threads 2 env -u OMP_WAIT_POLICY "$variable" "$GAN" plan small.ini --threads 2
done
threads 2 env -u OMP_WAIT_POLICY "$GAN" plan small.ini --threads 2

finish

# Two ranks in two network namespaces, with a delayed, rate-limited link between them: the bits of two ranks side by side.
here=$(cd "$(dirname "$0")" && pwd)
. "$here/mpi.sh"
case $launcher in *hydra) skip "only Open MPI can be told to go through namespaces" ;; esac
command -v python3 >/dev/null || skip "there is no python3 here"
a=gan$$a b=gan$$b link=
end_link()
{
    [ -z "$link" ] || kill "$link" 2>/dev/null
    ip netns del $a 2>/dev/null
    ip netns del $b 2>/dev/null
    rm -rf "$folder"
}
trap end_link EXIT
{ ip netns add $a && ip netns add $b; } 2>why || skip "no network namespaces may be made: $(tail -n 1 why)"
python3 "$here/slow_link.py" $a 10.213.0.1 $b 10.213.0.2 5 200 >up 2>why &
link=$!
for _ in $(seq 100); do
    [ ! -s up ] && kill -0 $link 2>/dev/null || break
    sleep 0.05
done
[ -s up ] || skip "the link cannot be made: $(tail -n 1 why)"

# How mpirun starts something on the "host" that is the other namespace
printf '%s\n' '#!/bin/sh' 'shift' "exec ip netns exec $b unshare --uts sh -c \"hostname far; \$*\"" >agent.sh
chmod +x agent.sh
across()
{
    timeout 120 ip netns exec $a "$launcher" --mca plm_rsh_agent "$folder/agent.sh" --mca btl tcp,self --mca pml ob1 \
        --mca oob_tcp_if_include slow0 --mca btl_tcp_if_include slow0 --host 10.213.0.1:1,10.213.0.2:1 -n 2 "$@"
}

make_tiny_ranks
expect 0 '' across "$GAN" plan tiny.ini
late=$(sed -n 's/^model at .* Gbit.s, \([0-9]*\) us$/\1/p' out)
[ "${late:-0}" -gt 5000 ] || fail "messages take ${late:-no} us, not the 5000 that the link makes them late"
expect 0 '' across "$GAN" train tiny.ini --out far --quiet --set train.batch_norm=synchronised --steps 6
expect 0 '' ranks 2 "$GAN" train tiny.ini --out near --quiet --set train.batch_norm=synchronised --steps 6
same far/latest.safetensors near/latest.safetensors
finish

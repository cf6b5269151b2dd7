# What the tests under mpirun share; sourced. Skips the test where the program has no MPI or its launcher is missing.
. "$(dirname "$0")/../cli/tiny.sh"

skip()
{
    echo "$*"
    exit 77
}

# ranks N COMMAND...: under the launcher of the MPI that the program is linked with; $another: of another MPI, or empty
case $(ldd "$GAN") in
*libmpich* | *libmpi.so.12*)
    launcher=$(command -v mpiexec.hydra) || skip "there is no mpiexec.hydra here"
    another=$(command -v mpirun.openmpi)
    ;;
*libmpi.so*)
    launcher=$(command -v mpirun.openmpi || command -v mpirun) || skip "there is no mpirun here"
    another=$(command -v mpiexec.hydra)
    ;;
*)
    OMPI_COMM_WORLD_SIZE=2 expect 1 'one of several processes.*built without MPI' "$GAN" train no.ini
    [ $failures -eq 0 ] || exit 1
    skip "gan is built without MPI"
    ;;
esac

# As root, more ranks than cores, not bound to any, and Open MPI's pause before it kills ranks that fail is left out. The
# last rows have Open MPI 5's names.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
export OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_hwloc_base_binding_policy=none
export OMPI_MCA_btl_vader_single_copy_mechanism=none OMPI_MCA_odls_base_sigkill_timeout=0
export PRTE_MCA_rmaps_default_mapping_policy=:oversubscribe PRTE_MCA_hwloc_default_binding_policy=none
export PRTE_MCA_odls_base_sigkill_timeout=0
export ASAN_OPTIONS=detect_leaks=0 # MPI's own; the tests with threads look for ours

ranks()
{
    n=$1
    shift
    timeout 120 "$launcher" -n "$n" "$@"
}

# once PATTERN: err has it on exactly one line
once()
{
    [ "$(grep -c -e "$1" err)" -eq 1 ] || fail "'$1' is not there once"
}

# One thread a rank, many small pieces.
make_tiny_ranks()
{
    make_tiny 'pool = 6
bucket_mib = 0.01
[run]
threads = 1'
}

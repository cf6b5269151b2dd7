#!/bin/sh
# Installs what tests need, builds every configuration and runs everything:
#     scripts/test.sh            about ten minutes on two cores
#     scripts/test.sh --quick    one Release build and the checks; installs no clients of exported files
# Logs and builds stay in build-test/. The last line is "N passed, N failed, N skipped": every test of every
# configuration counts once, every build and check too. Exits 1 if anything failed.
set -u
cd "$(dirname "$0")/.." || exit 1
. scripts/packages.sh

case ${1-} in
'') quick=no ;;
--quick) quick=yes ;;
*) echo "usage: scripts/test.sh [--quick]" >&2 && exit 2 ;;
esac

work=$PWD/build-test
jobs=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
passed=0 failed=0 skipped=0
started=$(date +%s)
mkdir -p "$work"

count()
{
    passed=$((passed + $1)) failed=$((failed + $2)) skipped=$((skipped + $3))
}

# report RESULT NAME [NOTE]
report()
{
    printf '%4ds  %-7s %s\n' $(($(date +%s) - started)) "$1" "$2${3:+: $3}"
}

# step NAME COMMAND...: one thing that passes, fails or (exit status 77, the last line says why) is skipped
step()
{
    name=$1 log=$work/$(echo "$1" | tr ' /' '__').log
    shift
    "$@" >"$log" 2>&1
    status=$?
    case $status in
    0) count 1 0 0 && report passed "$name" ;;
    77) count 0 0 1 && report skipped "$name" "$(tail -n 1 "$log")" ;;
    *) count 0 1 0 && report failed "$name" "see $log" && tail -n 40 "$log" ;;
    esac
    return $status
}

# build NAME OPTION...
build()
{
    folder=$work/$1
    shift
    cmake -S . -B "$folder" -DGAN_WERROR=ON -DGAN_CLIENTS="$work/clients" "$@" && cmake --build "$folder" -j "$jobs"
}

# ctest's lines: "3/9 Test #3: base/mem ....   Passed    0.03 sec", or ***Skipped, or another *** that is a failure
tally()
{
    awk '/^ *[0-9]+\/[0-9]+ +Test +#/ {
             if (/ Passed +[0-9.]+ sec/) passed++
             else if (/\*\*\*Skipped/) skipped++
             else failed++
         }
         END { print passed + 0, failed + 0, skipped + 0 }' "$1"
}

# suite NAME: all tests of a build
suite()
{
    log=$work/$1.ctest.log
    (cd "$work/$1" && ctest -j "$jobs" --output-on-failure --no-tests=error) >"$log" 2>&1
    status=$?
    # shellcheck disable=SC2046
    set -- "$1" $(tally "$log")
    if [ "$3" -eq 0 ] && { [ $status -ne 0 ] || [ $(($2 + $4)) -eq 0 ]; }; then set -- "$1" "$2" 1 "$4"; fi
    count "$2" "$3" "$4"
    if [ "$3" -gt 0 ]; then
        report failed "$1 tests" "$2 passed, $3 failed, $4 skipped, see $log"
        tail -n 100 "$log"
    else
        report passed "$1 tests" "$2 passed, $4 skipped"
    fi
}

configuration()
{
    step "$1 build" build "$@" && suite "$1"
}

clang_build()
{
    command -v clang >/dev/null || { echo "there is no clang here" && return 77; }
    build clang -DCMAKE_C_COMPILER=clang
}

# Other versions of clang-format lay out some lines differently.
format_check()
{
    for tool in clang-format-14 clang-format; do
        if "$tool" --version 2>/dev/null | grep -q 'version 14\.'; then
            git ls-files -z '*.c' '*.h' | xargs -0 "$tool" --dry-run -Werror
            return
        fi
    done
    echo "there is no clang-format 14 here"
    return 77
}

# The program with the other MPI, and the tests that run it.
mpich_build()
{
    command -v mpicc.mpich >/dev/null || { echo "there is no mpicc.mpich here" && return 77; }
    build mpich -DGAN_TESTS=OFF -DGAN_MPI=ON -DMPI_C_COMPILER=mpicc.mpich
}

mpich()
{
    step "mpich build" mpich_build || return
    for name in mpi mpi_failures; do
        step "mpich dist/$name.sh" env GAN="$work/mpich/gan" OMP_WAIT_POLICY=passive sh "tests/dist/test_$name.sh"
    done
}

# CMake keeps the path of a library outside the source tree when installing, but this one is inside.
onednn3()
{
    step "oneDNN 3.x packages" scripts/onednn3.sh "$work/dnnl3" &&
        configuration onednn3 -DGAN_MPI=OFF -DCMAKE_PREFIX_PATH="$work/dnnl3" -DCMAKE_INSTALL_RPATH="$work/dnnl3/lib"
}

step "packages" packages_install build test
step "layers check" scripts/check_layers.sh
step "words check" scripts/check_words.sh
step "format check" format_check
[ "$quick" = yes ] || step "clients" scripts/clients.sh "$work/clients"
configuration release
if [ "$quick" = no ]; then
    configuration sanitize -DGAN_SANITIZE=ON -DCMAKE_BUILD_TYPE=RelWithDebInfo
    step "clang build" clang_build
    mpich
    onednn3
    [ ! -x scripts/quickstart.sh ] ||
        step "quickstart" env GAN_QUICK_STEPS=100 GAN_QUICK_COUNT=200 scripts/quickstart.sh
fi

echo "$passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ]

# The plain C runtime as its users have it: compiled strictly by every compiler there is, with and without OpenMP, its
# header as C++ too; and the example, which colours pictures with what gan has trained and exported.
. "$GAN_SOURCE_DIR/tests/cli/common.sh"
runtime=$GAN_SOURCE_DIR/runtime
strict="-pedantic -Wall -Wextra -Wshadow -Wconversion -Wmissing-prototypes -Wvla -Werror"
compilers=
for compiler in gcc clang; do
    command -v $compiler >/dev/null && compilers="$compilers $compiler"
done
[ -n "$compilers" ] || { echo "neither gcc nor clang is here" && exit 77; }

for compiler in $compilers; do
    # shellcheck disable=SC2086
    expect 0 '' $compiler -std=c99 $strict -O1 -march=native -fopenmp -c "$runtime/gan_infer.c" -o gan_infer.o
    # shellcheck disable=SC2086
    expect 0 '' $compiler -std=c99 $strict -O3 -I"$runtime" "$GAN_SOURCE_DIR/examples/colour_pnm.c" \
        "$runtime/gan_infer.c" -lm -o "colour_$compiler"
done

for compiler in g++ clang++; do
    command -v $compiler >/dev/null || continue
    printf '#include "gan_infer.h"\nint main() { return gan_infer_open("", nullptr, 0) != nullptr; }\n' >user.cc
    expect 0 '' $compiler -std=c++11 -pedantic -Wall -Wextra -Wconversion -Werror -I"$runtime" -c user.cc -o user.o
done

# Nothing but libc, libm, the kernel and what loads programs
if command -v ldd >/dev/null && [ -z "${GAN_SANITIZE-}" ]; then
    for compiler in $compilers; do
        others=$(ldd "colour_$compiler" | grep -v 'libc\.so\|libm\.so\|linux-vdso\|ld-linux') && fail "$others"
    done
fi

# Pictures: a gray one of 21 x 13 and a colour one of one pixel
make_model
pgm()
{
    printf 'P5\n21 13\n255\n'
    awk 'BEGIN { for (i = 0; i < 21 * 13; i++) printf "%c", 33 + i % 90 }'
}
for io in lab rgb; do
    expect 0 '' "$GAN" export model.safetensors -o $io.onnx --io $io
    for compiler in $compilers; do
        pgm | ./colour_$compiler $io.onnx >$io.$compiler.ppm 2>err || fail "colour_$compiler $io.onnx"
        [ "$(head -n 2 $io.$compiler.ppm | tr '\n' ' ')" = "P6 21 13 " ] || fail "the header of $io.$compiler.ppm"
        [ "$(wc -c <$io.$compiler.ppm)" -eq $((13 + 3 * 21 * 13)) ] || fail "the size of $io.$compiler.ppm"
        tail -c +14 $io.$compiler.ppm | od -An -v -tu1 -w3 | awk '$1 != $2 || $2 != $3 { n++ } END { exit !n }' ||
            fail "$io.$compiler.ppm has no colours"
    done
done
printf 'P6\n1 1\n255\nabc' | ./colour_"${compilers##* }" lab.onnx >one.ppm || fail "one pixel"
[ "$(wc -c <one.ppm)" -eq 14 ] || fail "one pixel became $(wc -c <one.ppm) bytes"

# What goes wrong
refuse()
{
    pattern=$1
    shift
    if "$@" >out 2>err; then fail "$*: was not refused"; fi
    grep -q "$pattern" err || fail "$*: no '$pattern'"
}
program=./colour_${compilers##* }
pgm >gray.pgm
refuse "usage" "$program" lab.onnx </dev/null
refuse "usage" "$program" <gray.pgm
refuse "cannot open 'none.onnx': No such file" "$program" none.onnx <gray.pgm
head -c 100 gray.pgm >short.pgm
refuse "ends early" "$program" lab.onnx <short.pgm
head -c 1000 lab.onnx >short.onnx
refuse "cannot open 'short.onnx': damaged, cut off" "$program" short.onnx <gray.pgm
finish

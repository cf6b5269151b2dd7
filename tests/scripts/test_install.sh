#!/bin/sh
# What `cmake --install` lays down serves a client: examples/colour_lib.c, through pkg-config and through find_package,
# with the shared and with the static library, colours a picture as the installed program does.
. "${GAN_SOURCE_DIR:?}/tests/cli/common.sh"
build=${GAN_BINARY_DIR:?}
[ -z "${GAN_SANITIZE-}" ] || { echo "a client without sanitizers cannot load a library with them" && exit 77; }
command -v pkg-config >/dev/null || { echo "there is no pkg-config here" && exit 77; }
prefix=$folder/prefix
example=$GAN_SOURCE_DIR/examples/colour_lib.c
picture=$GAN_SOURCE_DIR/tests/golden/image/jpeg/420.jpg

cmake --install "$build" --prefix "$prefix" >out 2>err || fail "cmake --install"
for file in bin/gan include/gan/inference.h share/man/man1/gan.1 share/man/man3/libgan.3; do
    [ -s "$prefix/$file" ] || fail "$file is not installed"
done
for file in "$GAN_SOURCE_DIR"/include/gan/*.h; do
    same "$file" "$prefix/include/gan/${file##*/}"
done
for file in "$GAN_SOURCE_DIR"/runtime/*; do
    [ ! -e "$file" ] || same "$file" "$prefix/share/gan/runtime/${file##*/}"
done

make_model
expect 0 '' "$prefix/bin/gan" colorize model.safetensors "$picture" -o theirs.png

# colours CLIENT: it is there, and makes the picture that the program makes
colours()
{
    expect 0 '^unet with [0-9]* parameters$' "$1" model.safetensors "$picture" mine.png
    same mine.png theirs.png
    rm -f mine.png
}

# whether a program loads libgan.so
loads_shared()
{
    ! command -v ldd >/dev/null || ldd "$1" | grep -q libgan
}

PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name gan.pc)")
export PKG_CONFIG_PATH
libdir=$(pkg-config --variable=libdir gan)
# shellcheck disable=SC2046
expect 0 '' "${CC:-cc}" "$example" $(pkg-config --cflags --libs gan) -Wl,-rpath,"$libdir" -o pkg-shared
colours ./pkg-shared
loads_shared pkg-shared || fail "the client was not linked with the shared library"
# shellcheck disable=SC2046
expect 0 '' "${CC:-cc}" "$example" $(pkg-config --static --cflags --libs gan | sed 's/-lgan /-l:libgan.a /') -o pkg-static
colours ./pkg-static
! ldd pkg-static 2>/dev/null | grep -q libgan || fail "the client loads libgan.so"

mkdir client
cat >client/CMakeLists.txt <<CMAKE
cmake_minimum_required(VERSION 3.18)
project(client C)
find_package(gan REQUIRED)
add_executable(with_shared "$example")
target_link_libraries(with_shared gan::gan)
find_package(gan REQUIRED COMPONENTS static)
add_executable(with_static "$example")
target_link_libraries(with_static gan::gan_static)
CMAKE
expect 0 '' cmake -S client -B by-cmake -DCMAKE_PREFIX_PATH="$prefix"
expect 0 '' cmake --build by-cmake
colours by-cmake/with_shared
colours by-cmake/with_static

sed 's/COMPONENTS static/COMPONENTS elastic/' client/CMakeLists.txt >edited && mv edited client/CMakeLists.txt
expect 1 'gan_FOUND to FALSE' cmake -S client -B by-cmake-2 -DCMAKE_PREFIX_PATH="$prefix"

expect 0 '' "$prefix/bin/gan" --version
finish

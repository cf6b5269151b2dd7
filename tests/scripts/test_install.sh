#!/bin/sh
# What `cmake --install` lays down serves a client: through pkg-config and through find_package, and the program runs.
set -eu
build=${GAN_BINARY_DIR:?}
[ -z "${GAN_SANITIZE-}" ] || { echo "a client without sanitizers cannot load a library with them" && exit 77; }
command -v pkg-config >/dev/null || { echo "there is no pkg-config here" && exit 77; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
prefix=$folder/prefix

cmake --install "$build" --prefix "$prefix" >/dev/null

mkdir "$folder/client"
cat >"$folder/client/client.c" <<'C'
#include <gan/error.h>
#include <string.h>

int main(void)
{
    gan_error("cannot open '%s'", "x");
    return strcmp(gan_error_message(), "cannot open 'x'") != 0;
}
C
cat >"$folder/client/CMakeLists.txt" <<'CMAKE'
cmake_minimum_required(VERSION 3.18)
project(client C)
find_package(gan REQUIRED)
add_executable(client client.c)
target_link_libraries(client gan::gan)
CMAKE

PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name gan.pc)")
export PKG_CONFIG_PATH
# shellcheck disable=SC2046
"${CC:-cc}" "$folder/client/client.c" $(pkg-config --cflags --libs gan) \
    -Wl,-rpath,"$(pkg-config --variable=libdir gan)" -o "$folder/by-pkg-config"
"$folder/by-pkg-config"

cmake -S "$folder/client" -B "$folder/by-cmake" -DCMAKE_PREFIX_PATH="$prefix" >/dev/null
cmake --build "$folder/by-cmake" >/dev/null
"$folder/by-cmake/client"

status=0
"$prefix/bin/gan" >/dev/null 2>&1 || status=$?
[ "$status" -eq 2 ] || { echo "the installed gan exits with $status, not 2, when it is told nothing" && exit 1; }
echo "installed, linked both ways, run"

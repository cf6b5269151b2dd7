#!/bin/sh
# Lays a oneDNN 3.x prefix at DIR, from the packages of the Python index, and leaves one there alone.
#     scripts/onednn3.sh DIR && cmake -DCMAKE_PREFIX_PATH=DIR ...
# Exits 77 with the reason where it cannot be had.
set -eu
version=2023.2.0 # of the packages: oneDNN 3.2.0 for GNU OpenMP
dir=${1:?usage: scripts/onednn3.sh DIR}

unavailable()
{
    echo "oneDNN 3.x: $*"
    exit 77
}

[ -f "$dir/lib/cmake/dnnl/dnnl-config.cmake" ] && [ -f "$dir/lib/libdnnl.so" ] && exit 0
command -v python3 >/dev/null || unavailable "there is no python3 to fetch it with"
python3 -m pip --version >/dev/null 2>&1 || unavailable "python3 has no pip to fetch it with"

rm -rf "$dir.part"
mkdir -p "$dir.part"
trap 'rm -rf "$dir.part"' EXIT
for package in onednn-cpu-gomp onednn-devel-cpu-gomp; do
    python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: \
        --dest "$dir.part" "$package==$version" || unavailable "pip cannot get $package $version here"
done

# Unpacked by hand: `pip install --target` loses lib/, which collides with its own, and the wheels hold three copies of the
# library where links belong.
for wheel in "$dir.part"/*.whl; do
    python3 -m zipfile -e "$wheel" "$dir.part/wheels"
done
mkdir "$dir.part/prefix"
cp -R "$dir.part"/wheels/*.data/data/. "$dir.part/prefix"
library=$(cd "$dir.part/prefix/lib" && echo libdnnl.so.3.?*)
ln -sf "$library" "$dir.part/prefix/lib/libdnnl.so.3"
ln -sf libdnnl.so.3 "$dir.part/prefix/lib/libdnnl.so"
rm -rf "$dir"
mv "$dir.part/prefix" "$dir"

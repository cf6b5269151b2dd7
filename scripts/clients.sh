#!/bin/sh
# Installs the programs that exported files are tested in: Debian's packages, those of Python's index into DIR/python, a
# virtual environment, and those of npm into DIR/node. What is there already is left alone.
#     scripts/clients.sh DIR && cmake -DGAN_CLIENTS=DIR ...
# Exits 77 with the names of those that cannot be had here.
set -eu
dir=${1:?usage: scripts/clients.sh DIR}
# shellcheck source=packages.sh
. "$(dirname "$0")/packages.sh"

# module, then what pip is asked for
python_table()
{
    cat <<'TABLE'
numpy       numpy
onnx        onnx==1.23.2
onnxruntime onnxruntime==1.32.0
openvino    openvino==2026.4.1
ncnn        ncnn==1.0.20261020
pnnx        pnnx==20261020
cv2         opencv-python-headless==5.0.0.93
PIL         pillow
TABLE
}

node_table()
{
    cat <<'TABLE'
onnxruntime-node 1.30.0
onnxruntime-web  1.30.0
playwright-core  1.65.1
sharp            0.35.5
TABLE
}

# has PYTHON MODULE: without importing it
has()
{
    "$1" -c "import importlib.util, sys; sys.exit(importlib.util.find_spec('$2') is None)" 2>/dev/null
}

# The Python that has the system's OpenCV; a first one in the path that was installed by hand has not.
system_python()
{
    for python in python3 /usr/bin/python3; do
        if has "$python" cv2; then echo "$python" && return; fi
    done
    echo python3
}

# The system's OpenCV needs a NumPy of the major version it was built with, which is that of the system's NumPy.
numpy_limit()
{
    "$(system_python)" -c 'import numpy; print("numpy<%d" % (int(numpy.__version__.split(".")[0]) + 1))' 2>/dev/null ||
        echo numpy
}

# Half an environment would be taken for a whole one.
make_python()
{
    [ -e "$dir/python/bin/pip" ] && return
    rm -rf "$dir/python"
    mkdir -p "$dir"
    "$(system_python)" -m venv --system-site-packages "$dir/python"
}

# One at a time, so that what cannot be had does not keep the others away. Prints their names.
install_python()
{
    make_python >&2 || { python_table | awk '{ print $1 }'; return; }
    numpy=$(numpy_limit)
    python_table | while read -r module requirement; do
        has "$dir/python/bin/python" "$module" && continue
        "$dir/python/bin/python" -m pip install --quiet --disable-pip-version-check --only-binary=:all: \
            "$requirement" "$numpy" >&2 || echo "$module"
    done
}

# One at a time likewise. A Node that came some other way than by packages is as good. Scripts of packages are not run:
# they would fetch what these tests do not use.
install_node()
{
    command -v npm >/dev/null || packages_install node >&2 || true
    command -v npm >/dev/null || { node_table | awk '{ print $1 }'; return; }
    mkdir -p "$dir/node"
    [ -e "$dir/node/package.json" ] || echo '{ "private": true }' >"$dir/node/package.json"
    node_table | while read -r package version; do
        [ -e "$dir/node/node_modules/$package/package.json" ] && continue
        npm install --prefix "$dir/node" --loglevel=error --no-audit --no-fund --ignore-scripts "$package@$version" >&2 ||
            echo "$package"
    done
}

install_browser()
{
    command -v chromium >/dev/null || packages_install browser >&2 || echo chromium
}

packages_install clients
missing=$(install_python; install_node; install_browser)
[ -z "$missing" ] || { echo "cannot be had here: $(echo "$missing" | paste -s -d ' ' -)" && exit 77; }

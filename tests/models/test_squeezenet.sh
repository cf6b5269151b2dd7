#!/bin/sh
# The scores of SqueezeNet against PyTorch.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
for python in python3 /usr/bin/python3; do
    if "$python" -c 'import numpy, torch, PIL' 2>/dev/null; then exec "$python" "$here/compare_squeezenet.py"; fi
done
echo "skipped: no python3 with PyTorch, numpy and PIL (Debian: python3-torch, python3-numpy, python3-pil)"
exit 77

#!/usr/bin/env python3
"""The figures of gan eval against scikit-image, on what gan colorize writes."""

import csv
import os
import subprocess
import sys
import tempfile

try:
    import numpy as np
    from PIL import Image
    from skimage.color import deltaE_ciede2000, rgb2lab
    from skimage.metrics import mean_squared_error, peak_signal_noise_ratio, structural_similarity
except ImportError as missing:  # a Python installed by hand has not what the system's has
    if sys.argv[1:] != ["again"] and os.path.exists("/usr/bin/python3"):
        os.execv("/usr/bin/python3", ["/usr/bin/python3", __file__, "again"])
    print(f"not installed: {missing} (Debian: python3-skimage)")
    sys.exit(77)

SIZE = 48


def run(*args):
    subprocess.run([os.environ["GAN"], *args], check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def share(lab):
    """The histogram of a and b in bins of 10 about multiples of 10, adding up to 1."""
    ab = np.clip(lab[..., 1:].reshape(-1, 2), -114.99, 114.99)
    counts, _, _ = np.histogram2d(ab[:, 0], ab[:, 1], bins=23, range=[[-115, 115], [-115, 115]])
    return counts / counts.sum()


def figures(coloured, truth):
    first, second = rgb2lab(coloured), rgb2lab(truth)
    return {
        "psnr": (peak_signal_noise_ratio(truth, coloured), 1e-4),
        "mse": (mean_squared_error(truth, coloured), 1e-2),
        "ssim": (structural_similarity(coloured, truth, gaussian_weights=True, sigma=1.5, use_sample_covariance=False,
                                       data_range=255, channel_axis=2), 1e-4),
        # scikit-image's matrix is rounded otherwise than ours, and near gray CIEDE2000 minds.
        "delta_e": (deltaE_ciede2000(first, second).mean(), 5e-3),
        "ab_intersection": (np.minimum(share(first), share(second)).sum(), 5e-3),
    }


def compare(rows, folder):
    wrong = 0
    for row in rows:
        coloured, truth = (np.asarray(Image.open(os.path.join(folder, f, row["picture"]))) for f in ("out", "in"))
        for name, (value, tolerance) in figures(coloured, truth).items():
            if abs(float(row[name]) - value) > tolerance:
                print("%s of %s is %s, not %.6f" % (name, row["picture"], row[name], value))
                wrong += 1
    return wrong


def main():
    with tempfile.TemporaryDirectory() as folder:
        source, out, table = (os.path.join(folder, name) for name in ("in", "out", "figures.csv"))
        run("scenes", source, "--count", "4", "--size", str(SIZE))
        run("colorize", "--method", "rules", source, "-o", out)
        run("eval", "--method", "rules", "--data", source, "--size", str(SIZE), "--csv", table)
        with open(table, encoding="utf-8") as lines:
            rows = list(csv.DictReader(lines))
        if len(rows) != 4:
            sys.exit("%d rows, not 4" % len(rows))
        sys.exit(1 if compare(rows, folder) else 0)


main()

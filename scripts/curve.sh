#!/bin/sh
# Draws columns of val.csv files over the epochs as an SVG picture:
#     scripts/curve.sh COLUMN LABEL FILE [FILE...] >curve.svg
# Each file is a line named after it, up to its first dot. A column gray_COLUMN or COLUMN_true of the first file, if there
# is one, is drawn as a dashed line: the floor, or the truth.
set -eu
[ $# -ge 3 ] || { echo "usage: scripts/curve.sh COLUMN LABEL FILE [FILE...]" >&2; exit 2; }
column=$1 label=$2
shift 2
awk -F, -v column="$column" -v label="$label" '
function x(epoch) { return 60 + 520 * (epoch - 1) / (last > 1 ? last - 1 : 1) }
function y(value) { return 260 - 220 * (value - low) / (high > low ? high - low : 1) }
function line(k, style,    i, points) {
    for (i = 1; i <= last; i++) if ((k, i) in value) points = points sprintf("%.1f,%.1f ", x(i), y(value[k, i]))
    printf "<polyline fill=\"none\" stroke-width=\"2\" %s points=\"%s\"/>\n", style, points
}
function take(k, epoch, v) {
    value[k, epoch] = v
    if (low == "" || v < low) low = v
    if (high == "" || v > high) high = v
    if (epoch > last) last = epoch
}
FNR == 1 {
    n++
    name[n] = FILENAME
    sub(/.*\//, "", name[n])
    sub(/\..*/, "", name[n])
    main_at = side_at = 0
    for (i = 1; i <= NF; i++) {
        if ($i == column) main_at = i
        if ($i == "gray_" column || $i == column "_true") { side_at = i; side = $i }
    }
    if (!main_at) { print FILENAME ": no column " column > "/dev/stderr"; exit 1 }
    next
}
{ take(n, $1, $main_at + 0); if (n == 1 && side_at) take(0, $1, $side_at + 0) }
END {
    split("#1b6ca8 #c8553d #3a7d44 #7d5ba6", colour, " ")
    print "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 720 300\" font-family=\"sans-serif\" font-size=\"13\">"
    print "<rect width=\"720\" height=\"300\" fill=\"white\"/>"
    for (i = 0; i <= 4; i++) {
        v = low + (high - low) * i / 4
        printf "<line x1=\"60\" x2=\"580\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"#ddd\"/>", y(v), y(v)
        printf "<text x=\"52\" y=\"%.1f\" text-anchor=\"end\">%.2f</text>\n", y(v) + 4, v
    }
    for (i = 1; i <= last; i += last > 12 ? int(last / 10) : 1)
        printf "<text x=\"%.1f\" y=\"280\" text-anchor=\"middle\">%d</text>\n", x(i), i
    printf "<text x=\"60\" y=\"24\">%s</text><text x=\"580\" y=\"296\" text-anchor=\"end\">epoch</text>\n", label
    for (k = 1; k <= n; k++) {
        line(k, "stroke=\"" colour[(k - 1) % 4 + 1] "\"")
        printf "<text x=\"590\" y=\"%d\" fill=\"%s\">%s</text>\n", 40 + 20 * k, colour[(k - 1) % 4 + 1], name[k]
    }
    if ((0, 1) in value) { line(0, "stroke=\"#777\" stroke-dasharray=\"5 4\""); printf "<text x=\"590\" y=\"%d\" fill=\"#777\">%s</text>\n", 40, side }
    print "</svg>"
}' "$@"

# results.tsv of scripts/bench.sh as an SVG picture: a step's time over the limit of its round, a bar per program, with a
# line from the best round to the worst.
function add(c, name, by,    r, v) {
    for (r = 1; r <= rounds; r++) {
        if (!((c, r, name) in value)) continue
        v = value[c, r, name] / by[r]
        list[++many] = v
    }
}
function sort(    i, k, t) {
    for (i = 2; i <= many; i++)
        for (k = i; k > 1 && list[k] < list[k - 1]; k--) { t = list[k]; list[k] = list[k - 1]; list[k - 1] = t }
}
function x(v) { return LEFT + v / most * WIDE }
function bar(c, k,    middle) {
    many = 0
    add(c, series[k], limit)
    if (!many) return
    sort()
    middle = many % 2 ? list[(many + 1) / 2] : (list[many / 2] + list[many / 2 + 1]) / 2
    printf "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"13\" fill=\"%s\"/>\n", LEFT, y, x(middle) - LEFT, colour[k]
    printf "<path stroke=\"black\" d=\"M%.1f %.1fH%.1f\"/>\n", x(list[1]), y + 6.5, x(list[many])
    printf "<text x=\"%.1f\" y=\"%d\">%.2f %s</text>\n", x(list[many]) + 5, y + 11, middle, label[k]
    y += 17
}
BEGIN {
    FS = "\t"
    LEFT = 110
    WIDE = 420
    split("gan_s torch_s torch_s--channels-last torch_s--compile", series, " ")
    split("gan,PyTorch,PyTorch channels last,torch.compile", label, ",")
    split("#1b6ca8 #c8553d #d98a6f #7d5ba6", colour, " ")
}
{
    value[$1, $2, $3] = $4
    if ($2 > rounds) rounds = $2
    if (!($1 in seen) && $1 != "machine") order[++n] = $1
    seen[$1] = 1
}
function find_limits(c,    r) {
    for (r = 1; r <= rounds; r++)
        limit[r] = value[c, r, "floor_s"] + value["machine", r, "adam_s_per_million"] * value[c, r, "parameters"] / 1e6
}
END {
    most = 1
    for (i = 1; i <= n; i++) {
        find_limits(order[i])
        for (k = 1; k in series; k++)
            for (r = 1; r <= rounds; r++)
                if ((order[i], r, series[k]) in value && value[order[i], r, series[k]] / limit[r] > most)
                    most = value[order[i], r, series[k]] / limit[r]
    }
    high = 50 + n * (17 * 4 + 12)
    printf "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 720 %d\" font-family=\"sans-serif\" font-size=\"12\">\n", high
    printf "<rect width=\"720\" height=\"%d\" fill=\"white\"/>\n", high
    y = 30
    for (i = 1; i <= n; i++) {
        printf "<text x=\"8\" y=\"%d\">%s</text>\n", y + 11, order[i]
        find_limits(order[i])
        for (k = 1; k in series; k++) bar(order[i], k)
        y += 12
    }
    printf "<path stroke=\"gray\" stroke-dasharray=\"4 3\" d=\"M%.1f 22V%d\"/>\n", x(1), y
    printf "<text x=\"%.1f\" y=\"16\" text-anchor=\"middle\">the limit: convolutions alone + Adam</text>\n", x(1) + 60
    print "</svg>"
}

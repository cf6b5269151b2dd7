# results.tsv of scripts/bench.sh as a table in Markdown: medians over the rounds; ratios are medians of each round's own
# ratio. The limit is the floor of convolutions and one pass of Adam over the parameters at the speed of memory.
function median(values,    n, v, i, k, t) {
    n = split(values, v, " ")
    for (i = 2; i <= n; i++)
        for (k = i; k > 1 && v[k] + 0 < v[k - 1] + 0; k--) { t = v[k]; v[k] = v[k - 1]; v[k - 1] = t }
    return n % 2 ? v[(n + 1) / 2] : (v[n / 2] + v[n / 2 + 1]) / 2
}
# Median over the rounds of what `name` was; "" if it never was.
function of(c, name,    r, list) {
    for (r = 1; r <= rounds; r++) if ((c, r, name) in value) list = list " " value[c, r, name]
    return list == "" ? "" : median(list)
}
function ratio(c, name, by,    r, list) {
    for (r = 1; r <= rounds; r++)
        if ((c, r, name) in value && (c, r, by) in value) list = list " " value[c, r, name] / value[c, r, by]
    return list == "" ? "-" : sprintf("%.2f", median(list))
}
function ms(c, name,    v) { v = of(c, name); return v == "" ? "-" : sprintf("%.1f", 1e3 * v) }
function mib(c, name,    v) { v = of(c, name); return v == "" ? "-" : sprintf("%.0f", v) }
BEGIN { FS = "\t" }
{
    value[$1, $2, $3] = $4
    if ($2 > rounds) rounds = $2
    if (!($1 in seen) && $1 != "machine") order[++n] = $1
    seen[$1] = 1
}
END {
    for (i = 1; i <= n; i++)
        for (r = 1; r <= rounds; r++)
            value[order[i], r, "limit_s"] = value[order[i], r, "floor_s"] + \
                value["machine", r, "adam_s_per_million"] * value[order[i], r, "parameters"] / 1e6
    printf "FMA peak %.0f GFLOP/s; Adam's arrays move at %.1f GB/s.\n\n", of("machine", "fma_gflops"), of("machine", "stream_gb_s")
    print "| size/batch/filters/levels | GFLOP | floor, ms | limit, ms | gan, ms | gan / limit | gan / its own convolutions |" \
        " PyTorch, ms | channels last, ms | torch.compile, ms | PyTorch / gan | gan, MiB | PyTorch, MiB |"
    print "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
    for (i = 1; i <= n; i++) {
        c = order[i]
        printf "| %s | %.1f | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s |\n", c, of(c, "gflop"), ms(c, "floor_s"),
            ms(c, "limit_s"), ms(c, "gan_s"), ratio(c, "gan_s", "limit_s"), ratio(c, "gan_s", "gan_convolutions_s"),
            ms(c, "torch_s"), ms(c, "torch_s--channels-last"), ms(c, "torch_s--compile"), ratio(c, "torch_s", "gan_s"),
            mib(c, "gan_peak_mib"), mib(c, "torch_peak_mib")
    }
    for (i = 1; i <= n; i++) {
        c = order[i]
        if (of(c, "gan_s_tuned") == "") continue
        if (!tuned++) {
            print "\n| size/batch/filters/levels | gan, ms | tuned, ms | tuned / untuned | tuned / its own convolutions, untuned |"
            print "|---|--:|--:|--:|--:|"
        }
        printf "| %s | %s | %s | %s | %s |\n", c, ms(c, "gan_s"), ms(c, "gan_s_tuned"), ratio(c, "gan_s_tuned", "gan_s"),
            ratio(c, "gan_s_tuned", "gan_convolutions_s")
    }
}

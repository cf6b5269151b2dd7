// One direction of a resize: which source samples, under which weights, make each destination sample. A filter is
// stretched by the reduction, which is what antialiases: src/image/axis.c in JavaScript.

const clamp = (x, least, most) => Math.min(Math.max(x, least), most);

export const BICUBIC = { // Keys 1981, with a = -1/2
    support: 2,
    at(x) {
        x = Math.abs(x);
        if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
        return x < 2 ? -0.5 * (((x - 5) * x + 8) * x - 4) : 0;
    },
};
export const BILINEAR = { support: 1, at: (x) => Math.max(0, 1 - Math.abs(x)) };

// { first, weights } for each of dst samples.
export function makeAxis(src, dst, filter) {
    const scale = src / dst, stretch = Math.max(scale, 1), support = filter.support * stretch;
    return Array.from({ length: dst }, (_, i) => {
        const centre = (i + 0.5) * scale;
        const first = clamp(Math.trunc(centre - support + 0.5), 0, src - 1);
        const end = clamp(Math.trunc(centre + support + 0.5), first + 1, src);
        const weights = Float64Array.from({ length: end - first }, (_, k) => filter.at((first + k + 0.5 - centre) / stretch));
        const total = weights.reduce((sum, w) => sum + w, 0);
        return { first, weights: weights.map((w) => w / total) };
    });
}

// Sums `channels` interleaved numbers per sample under one entry of an axis; samples lie `stride` numbers apart.
export function mix(entry, from, offset, stride, channels, to) {
    const { first, weights } = entry;
    for (let c = 0; c < channels; c++) to[c] = 0;
    for (let k = 0, at = offset + first * stride; k < weights.length; k++, at += stride)
        for (let c = 0; c < channels; c++) to[c] += weights[k] * from[at + c];
}

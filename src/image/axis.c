/* Filters and their weights, as in Pillow's precompute_coeffs. A filter is stretched by the reduction, which is what
 * antialiases; where it hangs over the edge, the weights that are left are scaled up to a sum of 1.
 */
#include "image/axis.h"

#include <math.h>

#include "gan/mem.h"

#define PI 3.14159265358979323846

static double bicubic(double x) /* Keys 1981, with a = -1/2 */
{
    x = fabs(x);
    if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
    if (x < 2) return -0.5 * (((x - 5) * x + 8) * x - 4);
    return 0;
}

static double sinc(double x)
{
    return x == 0 ? 1 : sin(PI * x) / (PI * x);
}

static double lanczos(double x) /* of three lobes */
{
    return fabs(x) < 3 ? sinc(x) * sinc(x / 3) : 0;
}

static double bilinear(double x)
{
    return fmax(0, 1 - fabs(x));
}

static const struct filter {
    double support;
    double (*at)(double x);
} filters[] = { [GAN_BICUBIC] = { 2, bicubic }, [GAN_LANCZOS] = { 3, lanczos }, [GAN_BILINEAR] = { 1, bilinear } };

static int clamp(int x, int least, int most)
{
    return x < least ? least : x > most ? most : x;
}

static gan_span span(const gan_axis *a, double centre, double support)
{
    int first = clamp((int)(centre - support + 0.5), 0, a->src - 1);
    int end = clamp((int)(centre + support + 0.5), first + 1, a->src);
    return (gan_span){ first, end - first };
}

static void weigh(double *weights, gan_span s, double centre, double stretch, const struct filter *f, double unit)
{
    double total = 0;
    for (int i = 0; i < s.count; i++) total += weights[i] = f->at((s.first + i + 0.5 - centre) / stretch);
    for (int i = 0; i < s.count; i++) {
        weights[i] /= total;
        if (unit > 0) weights[i] = round(weights[i] / unit) * unit;
    }
}

int gan_axis_init(gan_axis *a, int src, int dst, enum gan_filter filter, double unit)
{
    const struct filter *f = &filters[filter];
    double scale = (double)src / dst, stretch = scale > 1 ? scale : 1, support = f->support * stretch;
    *a = (gan_axis){ .src = src, .dst = dst, .most = clamp((int)ceil(support) * 2 + 1, 1, src) };
    a->spans = gan_mem_alloc((size_t)dst, sizeof *a->spans);
    a->weights = a->spans ? gan_mem_alloc((size_t)dst, (size_t)a->most * sizeof *a->weights) : NULL;
    if (!a->weights) {
        gan_axis_release(a);
        return -1;
    }
    for (int i = 0; i < dst; i++) {
        double centre = (i + 0.5) * scale;
        a->spans[i] = span(a, centre, support);
        weigh(a->weights + (size_t)i * (size_t)a->most, a->spans[i], centre, stretch, f, unit);
    }
    return 0;
}

void gan_axis_release(gan_axis *a)
{
    gan_mem_free(a->spans);
    gan_mem_free(a->weights);
    *a = (gan_axis){ 0 };
}

/* Each picture leaves a small thumbnail and its sums behind. Duplicates have thumbnails that agree but for what another
 * size or compression changes; sorted by mean, they are near each other. */
#include "gan/survey.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/dataset.h"
#include "gan/colour.h"
#include "gan/error.h"
#include "gan/mem.h"
#include "gan/parallel.h"

enum { THUMB = 8, THUMB_BYTES = 3 * THUMB * THUMB, AT_ONCE = 64, REASON_BYTES = 512, STUDY = 256 };
static const double SAME_LEVELS = 2, HUE_CHROMA = 10, DEGREE = 3.14159265358979323846 / 180;

struct facts {
    int damaged, out_of_memory, w, h;
    double mean; /* of the thumbnail's samples */
    double chroma, rg, yb, rg2, yb2;
    double bins[GAN_SURVEY_BINS], hues[GAN_SURVEY_BINS]; /* pixels */
    double pixels;
    uint8_t thumb[THUMB_BYTES];
};

struct survey {
    const gan_dataset *data;
    const gan_survey_listener *listener;
    void *ctx;
    size_t first; /* of those that are looked at together */
    struct facts *facts;
    char (*reason)[REASON_BYTES]; /* AT_ONCE */
    size_t *order;                /* of the readable ones, by mean */
    size_t readable;
};

static void count_pixel(struct facts *f, double a, double b)
{
    double chroma = hypot(a, b), turn = atan2(b, a) / DEGREE;
    int bin = (int)(chroma / 10), hue = (int)((turn < 0 ? turn + 360 : turn) / (360.0 / GAN_SURVEY_BINS));
    f->chroma += chroma;
    f->bins[bin < GAN_SURVEY_BINS ? bin : GAN_SURVEY_BINS - 1]++;
    if (chroma > HUE_CHROMA) f->hues[hue < GAN_SURVEY_BINS ? hue : GAN_SURVEY_BINS - 1]++;
}

static void count_pixels(struct facts *f, const gan_image *im)
{
    enum { BLOCK = 256 };
    float a[BLOCK], b[BLOCK];
    size_t n = (size_t)im->w * (size_t)im->h;
    for (size_t at = 0; at < n; at += BLOCK) {
        size_t count = n - at < BLOCK ? n - at : BLOCK;
        gan_lab_from_rgb(im->rgb + 3 * at, count, NULL, a, b);
        for (size_t i = 0; i < count; i++) {
            const uint8_t *p = im->rgb + 3 * (at + i);
            double rg = p[0] - p[1], yb = 0.5 * (p[0] + p[1]) - p[2];
            count_pixel(f, a[i], b[i]);
            f->rg += rg;
            f->yb += yb;
            f->rg2 += rg * rg;
            f->yb2 += yb * yb;
        }
    }
    f->pixels = (double)n;
}

/* Pixels are counted on a reduced picture: enough of them for shares, and quick on large photographs. */
static int study(struct facts *f, const gan_image *im)
{
    gan_image small = { 0 }, thumb = { 0 };
    int least = im->w < im->h ? im->w : im->h;
    int failed = least > STUDY ? gan_image_resize_short(&small, im, STUDY, GAN_BICUBIC) : 0;
    if (!failed) count_pixels(f, small.rgb ? &small : im);
    failed = failed || gan_image_resize(&thumb, small.rgb ? &small : im, THUMB, THUMB, GAN_BICUBIC);
    for (size_t i = 0; !failed && i < THUMB_BYTES; i++) f->mean += (f->thumb[i] = thumb.rgb[i]) / (double)THUMB_BYTES;
    gan_image_release(&small);
    gan_image_release(&thumb);
    return failed;
}

static void look(void *ctx, size_t i)
{
    struct survey *s = ctx;
    struct facts *f = &s->facts[s->first + i];
    gan_image im;
    uint64_t refused = gan_mem_failures();
    f->damaged = gan_dataset_load(s->data, s->first + i, 0, &im) != 0;
    if (!f->damaged) {
        f->w = im.w;
        f->h = im.h;
        f->damaged = study(f, &im) != 0;
    }
    f->out_of_memory = f->damaged && gan_mem_failures() != refused;
    if (f->damaged) snprintf(s->reason[i], REASON_BYTES, "%s", gan_error_message());
    gan_image_release(&im);
}

static void tell(const struct survey *s, enum gan_finding what, size_t i, const char *detail)
{
    if (s->listener && s->listener->found) s->listener->found(s->ctx, what, gan_dataset_path(s->data, i), detail);
}

static double colourfulness(const struct facts *f)
{
    double rg = f->rg / f->pixels, yb = f->yb / f->pixels;
    double variance = f->rg2 / f->pixels - rg * rg + f->yb2 / f->pixels - yb * yb;
    return sqrt(fmax(variance, 0)) + 0.3 * hypot(rg, yb);
}

static int look_at_all(struct survey *s, gan_survey *out)
{
    for (; s->first < out->files; s->first += AT_ONCE) {
        size_t n = out->files - s->first < AT_ONCE ? out->files - s->first : AT_ONCE;
        gan_parallel_each(n, look, s);
        for (size_t i = 0; i < n; i++) {
            const struct facts *f = &s->facts[s->first + i];
            if (f->out_of_memory) return gan_error("%s", s->reason[i]);
            if (f->damaged) tell(s, GAN_FOUND_DAMAGED, s->first + i, s->reason[i]);
        }
        if (s->listener && s->listener->progress) s->listener->progress(s->ctx, s->first + n, out->files);
    }
    return 0;
}

static void add_up(struct survey *s, gan_survey *out)
{
    double pixels = 0, coloured = 0;
    for (size_t i = 0; i < out->files; i++) {
        const struct facts *f = &s->facts[i];
        if (f->damaged) {
            out->damaged++;
            continue;
        }
        double chroma = f->chroma / f->pixels, low = f->w < f->h ? f->w : f->h, high = f->w < f->h ? f->h : f->w;
        s->order[s->readable++] = i;
        out->chroma_mean += chroma;
        out->colourfulness += colourfulness(f);
        out->aspect_most = fmax(out->aspect_most, high / low);
        if (chroma < GAN_GRAY_CHROMA) {
            out->gray++;
            tell(s, GAN_FOUND_GRAY, i, "");
        }
        pixels += f->pixels;
        for (int k = 0; k < GAN_SURVEY_BINS; k++) {
            out->chroma[k] += f->bins[k];
            out->hue[k] += f->hues[k];
            coloured += f->hues[k];
        }
    }
    for (int k = 0; k < GAN_SURVEY_BINS; k++) {
        out->chroma[k] /= fmax(pixels, 1);
        out->hue[k] /= fmax(coloured, 1);
    }
    out->chroma_mean /= fmax((double)s->readable, 1);
    out->colourfulness /= fmax((double)s->readable, 1);
}

static int by_number(const void *a, const void *b)
{
    int x = *(const int *)a, y = *(const int *)b;
    return (x > y) - (x < y);
}

static int measure_sides(const struct survey *s, gan_survey *out)
{
    int *side = gan_mem_alloc(s->readable, sizeof *side);
    if (!side) return -1;
    for (size_t i = 0; i < s->readable; i++) {
        const struct facts *f = &s->facts[s->order[i]];
        side[i] = f->w < f->h ? f->w : f->h;
    }
    qsort(side, s->readable, sizeof *side, by_number);
    out->short_least = side[0];
    out->short_median = side[s->readable / 2];
    out->short_most = side[s->readable - 1];
    gan_mem_free(side);
    return 0;
}

/* Sorts indices by the means of their thumbnails; qsort has no context, so the means travel with them. */
struct keyed {
    double mean;
    size_t i;
};

static int by_mean(const void *a, const void *b)
{
    const struct keyed *x = a, *y = b;
    if (x->mean != y->mean) return x->mean < y->mean ? -1 : 1;
    return (x->i > y->i) - (x->i < y->i);
}

static int are_same(const struct facts *f, const struct facts *g)
{
    int sum = 0;
    for (size_t i = 0; i < THUMB_BYTES; i++) sum += abs(f->thumb[i] - g->thumb[i]);
    return sum <= SAME_LEVELS * THUMB_BYTES;
}

/* The earliest picture in the data set that `at` repeats; itself if there is none. */
static size_t original(const struct survey *s, const struct keyed *sorted, size_t at)
{
    size_t first = sorted[at].i;
    for (int step = -1; step <= 1; step += 2)
        for (size_t k = at + (size_t)step; k < s->readable; k += (size_t)step) { /* below 0 wraps beyond the end */
            if (fabs(sorted[k].mean - sorted[at].mean) > SAME_LEVELS) break;
            if (sorted[k].i < first && are_same(&s->facts[sorted[k].i], &s->facts[sorted[at].i])) first = sorted[k].i;
        }
    return first;
}

static int find_duplicates(const struct survey *s, gan_survey *out)
{
    struct keyed *sorted = gan_mem_alloc(s->readable, sizeof *sorted);
    if (!sorted) return -1;
    for (size_t i = 0; i < s->readable; i++) sorted[i] = (struct keyed){ s->facts[s->order[i]].mean, s->order[i] };
    qsort(sorted, s->readable, sizeof *sorted, by_mean);
    for (size_t i = 0; i < s->readable; i++) {
        size_t first = original(s, sorted, i);
        if (first == sorted[i].i) continue;
        out->duplicates++;
        tell(s, GAN_FOUND_DUPLICATE, sorted[i].i, gan_dataset_path(s->data, first));
    }
    gan_mem_free(sorted);
    return 0;
}

int gan_survey_make(const gan_dataset *d, const gan_survey_listener *listener, void *ctx, gan_survey *out)
{
    struct survey s = { .data = d, .listener = listener, .ctx = ctx };
    int failed = -1;
    *out = (gan_survey){ .files = gan_dataset_count(d) };
    s.facts = gan_mem_alloc(out->files, sizeof *s.facts);
    s.order = gan_mem_alloc(out->files, sizeof *s.order);
    s.reason = gan_mem_alloc(AT_ONCE, REASON_BYTES);
    if (!s.facts || !s.order || !s.reason || look_at_all(&s, out)) goto done;
    add_up(&s, out);
    if (!s.readable)
        gan_error("no readable pictures in '%s'", gan_dataset_name(d));
    else
        failed = measure_sides(&s, out) || find_duplicates(&s, out) ? -1 : 0;
done:
    gan_mem_free(s.facts);
    gan_mem_free(s.order);
    gan_mem_free(s.reason);
    return failed;
}

/* Colours by rules: what is bright, smooth and at the top is sky. Rules hold by degrees, so borders are soft. */
#include <math.h>

#include "classic/blur.h"
#include "classic/method.h"
#include "classic/rules_file.h"
#include "classic/texture.h"
#include "gan/mem.h"
#include "gan/parallel.h"

enum { GRAIN = 4096, SURROUNDINGS = 48 }; /* the picture's short side has as many windows of surroundings */

static void *prepare(const gan_classic_opt *o)
{
    gan_rules *r = gan_mem_alloc(1, sizeof *r);
    if (!r || !gan_rules_load(r, o->rules)) return r;
    gan_mem_free(r);
    return NULL;
}

static void release(void *common)
{
    gan_rules_release(common);
    gan_mem_free(common);
}

struct job {
    const gan_rules *rules;
    const gan_gray *g;
    const float *brightness, *texture; /* of the surroundings, as x */
    float *y;
};

/* 1 within the range, falling to 0 outside as a bell does. */
static double membership(gan_range r, double v, double width)
{
    double outside = fmax(fmax(r.from - v, v - r.to), 0) / width;
    return exp(-outside * outside);
}

static double holds(const gan_rule *r, const double value[GAN_RULE_CONDITIONS])
{
    double product = 1;
    for (int i = 0; i < GAN_RULE_CONDITIONS; i++)
        product *= membership(r->range[i], value[i], r->soft * gan_rule_scale((enum gan_condition)i) / 3);
    return product;
}

/* The rules' colours, mixed by weight as far as they hold; gray as far as none does. */
static void colour_pixel(const struct job *j, size_t i)
{
    size_t w = (size_t)j->g->w, n = w * (size_t)j->g->h, row = i / w, column = i % w;
    const double value[GAN_RULE_CONDITIONS] = {
        [GAN_RULE_Y] = ((double)row + 0.5) / j->g->h,
        [GAN_RULE_X] = ((double)column + 0.5) / j->g->w,
        [GAN_RULE_BRIGHTNESS] = 50 * ((double)j->brightness[i] + 1),
        [GAN_RULE_TEXTURE] = 50 * (double)j->texture[i],
    };
    double sum = 0, unknown = 1, ab[2] = { 0 };
    for (size_t k = 0; k < j->rules->count; k++) {
        const gan_rule *r = &j->rules->rule[k];
        double much = holds(r, value);
        unknown *= 1 - much;
        sum += r->weight * much;
        for (int c = 0; c < 2; c++) ab[c] += r->weight * much * (double)r->ab[c];
    }
    for (size_t c = 0; c < 2; c++) j->y[c * n + i] = sum > 0 ? (float)(ab[c] / sum * (1 - unknown)) : 0;
}

static void colour_range(void *ctx, size_t begin, size_t end)
{
    for (size_t i = begin; i < end; i++) colour_pixel(ctx, i);
}

static int colour(const void *common, const gan_gray *g, float *y)
{
    size_t n = (size_t)g->w * (size_t)g->h;
    int radius = (g->w < g->h ? g->w : g->h) / SURROUNDINGS;
    float *texture = gan_mem_alloc(n, 3 * sizeof *texture);
    if (!texture) return -1;
    float *smooth_texture = texture + n, *brightness = texture + 2 * n;
    gan_texture(g->x, g->w, g->h, texture);
    int failed =
        gan_box_blur(texture, g->w, g->h, radius, smooth_texture) || gan_box_blur(g->x, g->w, g->h, radius, brightness);
    if (!failed) gan_parallel_range(n, GRAIN, colour_range, &(struct job){ common, g, brightness, smooth_texture, y });
    gan_mem_free(texture);
    return failed ? -1 : 0;
}

const gan_method gan_method_rules = {
    .info = { "rules", "knows what is blue, green and brown by place, brightness and texture", GAN_TAKES_RULES },
    .prepare = prepare,
    .release = release,
    .colour = colour,
};

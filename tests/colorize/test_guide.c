/* Guided upsampling against bicubic, on pictures whose true chroma is known: what the network would make is the truth
 * reduced to what it sees. */
#include <criterion/criterion.h>

#include <math.h>
#include <string.h>

#include "colorize/join.h"
#include "gan/colour.h"
#include "gan/error.h"
#include "gan/mem.h"

enum { SIDE = 256, PIXELS = SIDE * SIDE, CELLS_SIDE = 32, CELLS = CELLS_SIDE * CELLS_SIDE, CELL = SIDE / CELLS_SIDE };

struct lab {
    float l, a, b; /* L 0..100 */
};
typedef struct lab scene(int x, int y);

static double from_edge(int x, int y) /* in pixels, of a circle; negative inside */
{
    return hypot(x + 0.5 - 120, y + 0.5 - 131) - 73;
}

static struct lab disc(int x, int y)
{
    return from_edge(x, y) < 0 ? (struct lab){ 35, 22, -14 } : (struct lab){ 68, -16, 20 };
}

static struct lab flat_light(int x, int y)
{
    return (struct lab){ 55, 20 * sinf((float)x / 60), 20 * cosf((float)y / 50) };
}

static struct lab flat_colour(int x, int y) /* texture in the light alone */
{
    return (struct lab){ 50 + 14 * sinf((float)(x * x + 3 * y)), 12, -9 };
}

struct trial {
    float x[PIXELS], ab[2 * PIXELS]; /* the truth, as networks see it */
    float cells_x[CELLS], cells[2 * CELLS];
    float got_x[PIXELS], got[2 * PIXELS];
};
static struct trial t;

static void reduce(float *to, const float *from)
{
    cr_assert_eq(gan_plane_resize(to, CELLS_SIDE, CELLS_SIDE, from, SIDE, SIDE, GAN_BICUBIC), 0);
}

static void draw(scene *s)
{
    for (int i = 0; i < PIXELS; i++) {
        struct lab v = s(i % SIDE, i / SIDE);
        t.x[i] = v.l / 50 - 1;
        t.ab[i] = v.a / 110;
        t.ab[PIXELS + i] = v.b / 110;
    }
    reduce(t.cells_x, t.x);
    reduce(t.cells, t.ab);
    reduce(t.cells + CELLS, t.ab + PIXELS);
}

/* A gray photograph of the scene's luminance; its network's chroma. */
static gan_photo gray(void)
{
    static const float none[2 * PIXELS];
    gan_photo p;
    cr_assert_eq(gan_photo_init(&p, SIDE, SIDE, 16), 0, "%s", gan_error_message());
    gan_lab_restore16(t.x, none, PIXELS, p.rgb16);
    return p;
}

static gan_chroma chroma(void)
{
    return (gan_chroma){ { CELLS_SIDE, CELLS_SIDE, CELLS_SIDE, CELLS_SIDE }, t.cells_x, t.cells };
}

static void colour(scene *s, enum gan_upsampling upsampling)
{
    draw(s);
    gan_photo p = gray();
    gan_chroma c = chroma();
    cr_assert_eq(gan_chroma_join(&p, &c, upsampling), 0, "%s", gan_error_message());
    gan_lab_normalise16(p.rgb16, PIXELS, t.got_x, t.got);
    gan_photo_release(&p);
}

static double error_at(int i)
{
    return 110 * hypotf(t.got[i] - t.ab[i], t.got[PIXELS + i] - t.ab[PIXELS + i]);
}

static double error_beside_edge(void)
{
    double sum = 0;
    int n = 0;
    for (int i = 0; i < PIXELS; i++)
        if (fabs(from_edge(i % SIDE, i / SIDE)) < CELL) {
            sum += error_at(i);
            n++;
        }
    return sum / n;
}

Test(guide, colours_stop_at_edges)
{
    colour(disc, GAN_UPSAMPLE_BICUBIC);
    double bicubic = error_beside_edge();
    colour(disc, GAN_UPSAMPLE_GUIDED);
    double guided = error_beside_edge();
    cr_assert_gt(bicubic, 5);
    cr_assert_lt(guided, bicubic / 2, "guided %.2f, bicubic %.2f", guided, bicubic);
}

/* How far chroma leaves the range of the scene's two colours. */
static double overshoot(void)
{
    double worst = 0;
    for (int plane = 0; plane < 2; plane++) {
        const float *got = t.got + plane * PIXELS, *ab = t.ab + plane * PIXELS;
        float least = fminf(ab[0], ab[131 * SIDE + 120]), most = fmaxf(ab[0], ab[131 * SIDE + 120]);
        for (int i = 0; i < PIXELS; i++) worst = fmax(worst, 110 * fmaxf(got[i] - most, least - got[i]));
    }
    return worst;
}

/* The network's own chroma overshoots here, by its reduction; nothing is added to it. */
Test(guide, adds_no_overshoot)
{
    colour(disc, GAN_UPSAMPLE_GUIDED);
    double guided = overshoot(), own = 0;
    for (int plane = 0; plane < 2; plane++) {
        const float *cells = t.cells + plane * CELLS, *ab = t.ab + plane * PIXELS;
        float least = fminf(ab[0], ab[131 * SIDE + 120]), most = fmaxf(ab[0], ab[131 * SIDE + 120]);
        for (int i = 0; i < CELLS; i++) own = fmax(own, 110 * fmaxf(cells[i] - most, least - cells[i]));
    }
    colour(disc, GAN_UPSAMPLE_BICUBIC);
    cr_assert_gt(overshoot(), own + 0.5, "%f, of which %f is the network's", overshoot(), own);
    cr_assert_lt(guided, own + 0.05, "%f, of which %f is the network's", guided, own);
}

static double worst_error(void)
{
    double worst = 0;
    for (int i = 0; i < PIXELS; i++) worst = fmax(worst, error_at(i));
    return worst;
}

/* But for the picture's edge, where bicubic weights reach beyond what the network made. */
Test(guide, where_light_is_flat_it_is_plain_interpolation)
{
    static float plain[2 * PIXELS];
    colour(flat_light, GAN_UPSAMPLE_BICUBIC);
    memcpy(plain, t.got, sizeof plain);
    cr_assert_lt(worst_error(), 1.5, "%f", worst_error());
    colour(flat_light, GAN_UPSAMPLE_GUIDED);
    for (int i = 0; i < 2 * PIXELS; i++) cr_assert_float_eq(110 * t.got[i], 110 * plain[i], 0.5, "%d", i);
}

Test(guide, texture_leaves_no_stains)
{
    colour(flat_colour, GAN_UPSAMPLE_GUIDED);
    cr_assert_lt(worst_error(), 0.05, "%f", worst_error());
}

Test(guide, luminance_is_kept_at_16_bits)
{
    colour(disc, GAN_UPSAMPLE_GUIDED);
    for (int i = 0; i < PIXELS; i++) cr_assert_float_eq(50 * t.got_x[i], 50 * t.x[i], 4e-3, "%d", i);
}

Test(guide, lack_of_memory_anywhere_is_an_error)
{
    draw(disc);
    gan_chroma c = chroma();
    for (int upsampling = 0; upsampling < 2; upsampling++) {
        int failed = -1;
        uint64_t n = 0;
        while (failed) {
            gan_photo p = gray();
            gan_mem_fail_at(++n);
            failed = gan_chroma_join(&p, &c, (enum gan_upsampling)upsampling);
            gan_mem_fail_at(0);
            cr_assert(!failed || *gan_error_message());
            gan_photo_release(&p);
        }
        cr_assert_gt(n, 5);
    }
}

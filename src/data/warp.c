#include <math.h>

#include "data/augment.h"
#include "gan/rng.h"

#define PI 3.14159265358979323846

enum { TURN, SHEAR, ZOOM }; /* indices within the sample's stream */

static double within(gan_rng r, uint64_t index, double extent)
{
    return extent * (2 * gan_rng_uniform(r, index) - 1);
}

int gan_warp_draw(uint64_t seed, uint64_t sample, const gan_augment *a, struct gan_warp *warp)
{
    if (a->rotate <= 0 && a->shear <= 0 && a->zoom <= 0) return 0;
    gan_rng r = gan_rng_at(seed, GAN_STREAM_VIEW, sample);
    double turn = within(r, TURN, a->rotate * PI / 180), shear = within(r, SHEAR, a->shear);
    double scale = 1 / (1 + within(r, ZOOM, a->zoom)), c = scale * cos(turn), s = scale * sin(turn);
    *warp = (struct gan_warp){ { { (float)c, (float)(c * shear - s) }, { (float)s, (float)(s * shear + c) } } };
    return 1;
}

static int mirrored(int i, int n)
{
    int period = n > 1 ? 2 * (n - 1) : 1, at = (i % period + period) % period;
    return at < n ? at : period - at;
}

struct tap { /* four neighbours, as indices of pixels, and how much of each */
    size_t at[4];
    float weight[4];
};

/* Where pixel (column, row) of the view lies in the picture. */
static struct tap find(struct gan_view view, const struct gan_warp *warp, int size, int w, int h, int column, int row)
{
    float half = (float)(size - 1) / 2, u = (float)(view.flip ? size - 1 - column : column) - half;
    float v = (float)row - half;
    float x = (float)view.left + half + warp->m[0][0] * u + warp->m[0][1] * v;
    float y = (float)view.top + half + warp->m[1][0] * u + warp->m[1][1] * v;
    float left = floorf(x), top = floorf(y), fx = x - left, fy = y - top;
    size_t x0 = (size_t)mirrored((int)left, w), x1 = (size_t)mirrored((int)left + 1, w);
    size_t y0 = (size_t)mirrored((int)top, h) * (size_t)w, y1 = (size_t)mirrored((int)top + 1, h) * (size_t)w;
    return (struct tap){ { y0 + x0, y0 + x1, y1 + x0, y1 + x1 },
                         { (1 - fy) * (1 - fx), (1 - fy) * fx, fy * (1 - fx), fy * fx } };
}

void gan_warp_copy(uint8_t *rgb, const gan_image *im, struct gan_view view, const struct gan_warp *warp, int size)
{
    for (int row = 0; row < size; row++)
        for (int column = 0; column < size; column++, rgb += 3) {
            struct tap t = find(view, warp, size, im->w, im->h, column, row);
            for (size_t c = 0; c < 3; c++) {
                float sum = 0.5f;
                for (int k = 0; k < 4; k++) sum += t.weight[k] * (float)im->rgb[3 * t.at[k] + c];
                rgb[c] = (uint8_t)sum;
            }
        }
}

void gan_warp_copy_deep(uint16_t *gray, const uint16_t *im, int w, int h, struct gan_view view,
                        const struct gan_warp *warp, int size)
{
    static const struct gan_warp none = { { { 1, 0 }, { 0, 1 } } };
    for (int row = 0; row < size; row++)
        for (int column = 0; column < size; column++) {
            struct tap t = find(view, warp ? warp : &none, size, w, h, column, row);
            float sum = 0.5f;
            for (int k = 0; k < 4; k++) sum += t.weight[k] * (float)im[t.at[k]];
            *gray++ = (uint16_t)sum;
        }
}

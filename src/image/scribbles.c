/* Scribbles from pictures, through libpng's simple interface where there is transparency: gan_image_load would have put
 * the strokes on white. */
#include "gan/scribbles.h"

#include <png.h>
#include <string.h>

#include "base/file.h"
#include "gan/colour.h"
#include "gan/error.h"
#include "gan/image.h"
#include "gan/mem.h"
#include "gan/rng.h"
#include "image/format.h"

/* A file of n bytes holds at most this times n bytes of samples (RFC 1951: 258 bytes in no less than 2 bits), and a
 * pixel is a bit or more. */
enum { DEFLATE_MOST = 1032, BITS = 8 };

int gan_scribbles_init(gan_scribbles *s, int w, int h)
{
    size_t n = (size_t)w * (size_t)h;
    *s = (gan_scribbles){ w, h, gan_mem_alloc(n, sizeof *s->known), gan_mem_alloc(n, 2 * sizeof *s->ab), 0 };
    if (s->known && s->ab) return 0;
    gan_scribbles_release(s);
    return -1;
}

void gan_scribbles_release(gan_scribbles *s)
{
    gan_mem_free(s->known);
    gan_mem_free(s->ab);
    *s = (gan_scribbles){ 0 };
}

/* From files */

static int is_coloured(const uint8_t *rgb)
{
    int most = rgb[0], least = rgb[0];
    for (int c = 1; c < 3; c++) {
        if (rgb[c] > most) most = rgb[c];
        if (rgb[c] < least) least = rgb[c];
    }
    return most - least > GAN_SCRIBBLE_SPREAD;
}

/* Fills s from the pixels that are there (alpha: n bytes), or, without transparency (NULL), from those with colour. */
static int set(gan_scribbles *s, const uint8_t *rgb, const uint8_t *alpha)
{
    size_t n = (size_t)s->w * (size_t)s->h;
    gan_lab_from_rgb(rgb, n, NULL, s->ab, s->ab + n);
    for (size_t i = 0; i < n; i++) {
        s->known[i] = (alpha ? alpha[i] > 0 : is_coloured(rgb + 3 * i)) ? 1 : 0;
        s->count += s->known[i];
        for (size_t c = 0; c < 2; c++) s->ab[c * n + i] *= s->known[i] ? 1 / GAN_AB_RANGE : 0;
    }
    return s->count ? 0 : gan_error("it holds no scribbles");
}

/* Takes n pixels of four bytes apart, in place: first all R, G and B, then all alpha. Returns where that begins, or NULL
 * if nothing is transparent. */
static const uint8_t *split(uint8_t *rgba, uint8_t *alpha, size_t n)
{
    int transparent = 0;
    for (size_t i = 0; i < n; i++) {
        alpha[i] = rgba[4 * i + 3];
        transparent |= alpha[i] != 255;
        memmove(rgba + 3 * i, rgba + 4 * i, 3);
    }
    return transparent ? alpha : NULL;
}

static int decode_png(gan_scribbles *s, png_image *png)
{
    size_t n = (size_t)png->width * png->height;
    uint8_t *rgba = gan_mem_alloc(n, 5);
    int result = -1;
    if (!rgba) return -1;
    png->format = PNG_FORMAT_RGBA;
    png->flags |= PNG_IMAGE_FLAG_16BIT_sRGB;
    if (!png_image_finish_read(png, NULL, rgba, 0, NULL))
        gan_error("cannot decode it: %s", png->message);
    else if (!gan_scribbles_init(s, (int)png->width, (int)png->height))
        result = set(s, rgba, split(rgba, rgba + 4 * n, n));
    gan_mem_free(rgba);
    return result;
}

static int load_png(gan_scribbles *s, const char *path, FILE *in, uint64_t bytes)
{
    png_image png = { .version = PNG_IMAGE_VERSION };
    int result = -1;
    if (!png_image_begin_read_from_stdio(&png, in))
        gan_error("cannot decode it: %s", png.message);
    else if (gan_image_check_size(path, png.width, png.height))
        result = -1;
    else if ((uint64_t)png.width * png.height / ((uint64_t)DEFLATE_MOST * BITS) > bytes)
        gan_error("%llu bytes cannot hold %ux%u pixels", (unsigned long long)bytes, png.width, png.height);
    else
        result = decode_png(s, &png);
    png_image_free(&png);
    return result;
}

static int load_other(gan_scribbles *s, const char *path)
{
    gan_image im;
    if (gan_image_load(&im, path, 0)) return -1;
    int failed = gan_scribbles_init(s, im.w, im.h) || set(s, im.rgb, NULL);
    gan_image_release(&im);
    return failed ? -1 : 0;
}

int gan_scribbles_load(gan_scribbles *s, const char *path)
{
    uint8_t magic[8];
    uint64_t bytes;
    *s = (gan_scribbles){ 0 };
    FILE *in = gan_file_open(path, &bytes);
    if (!in) return -1;
    int is_png = fread(magic, 1, sizeof magic, in) == sizeof magic && !png_sig_cmp(magic, 0, sizeof magic);
    rewind(in);
    int failed = is_png ? load_png(s, path, in, bytes) : load_other(s, path);
    fclose(in);
    if (!failed) return 0;
    gan_scribbles_release(s);
    return gan_error_in("scribbles '%s'", path);
}

/* From the truth */

int gan_scribbles_draw(gan_scribbles *s, int w, int h, const float *truth, size_t points, uint64_t seed,
                       uint64_t picture)
{
    size_t n = (size_t)w * (size_t)h;
    uint32_t *order = gan_mem_alloc(n, sizeof *order);
    *s = (gan_scribbles){ 0 };
    if (!order || gan_scribbles_init(s, w, h)) {
        gan_mem_free(order);
        return -1;
    }
    gan_rng_shuffle(gan_rng_at(seed, GAN_STREAM_SCRIBBLES, picture), order, (uint32_t)n);
    s->count = points < n ? points : n;
    for (size_t i = 0; i < s->count; i++) {
        size_t p = order[i];
        s->known[p] = 1;
        for (size_t c = 0; c < 2; c++) s->ab[c * n + p] = truth[c * n + p];
    }
    gan_mem_free(order);
    return 0;
}

#include "gan/colorize.h"

#include <string.h>

#include "colorize/chroma.h"
#include "colorize/frame.h"
#include "colorize/hint.h"
#include "colorize/join.h"
#include "colorize/tile.h"
#include "colorize/translate.h"
#include "gan/error.h"
#include "gan/mem.h"
#include "gan/task.h"

gan_colouring gan_colouring_default(void)
{
    return (gan_colouring){ .strength = 1 };
}

/* The network sees the picture reduced. */
static int colour_reduced(gan_colorizer *c, gan_photo *p, const gan_colouring *o)
{
    gan_chroma chroma;
    float *hints = NULL;
    int result = -1;
    if (gan_frame_fit(&chroma.frame, c, p->w, p->h, o->side)) return -1;
    size_t n = gan_frame_floats(&chroma.frame);
    float *x = gan_mem_alloc(n, sizeof *x), *ab = gan_mem_alloc(n, 2 * sizeof *ab);
    if (!x || !ab || gan_frame_see(&chroma.frame, p, x)) goto done;
    if (o->hints && !(hints = gan_hint_planes(o->hints, p->w, p->h, &chroma.frame))) goto done;
    if (gan_colorizer_chroma(c, 1, chroma.frame.padded_h, chroma.frame.padded_w, x, hints, ab)) goto done;
    for (size_t i = 0; i < 2 * n; i++) ab[i] *= (float)o->strength;
    chroma.x = x;
    chroma.ab = ab;
    result = gan_chroma_join(p, &chroma, o->upsampling);
done:
    gan_mem_free(hints);
    gan_mem_free(x);
    gan_mem_free(ab);
    return result;
}

int gan_colorize_photo(gan_colorizer *c, gan_photo *p, const gan_colouring *o)
{
    GAN_ASSERT(p->rgb || p->rgb16);
    gan_task t = gan_task_of(gan_colorizer_config(c));
    if (!gan_task_colours(&t)) return gan_translate_photo(c, p, o);
    return o->tile ? gan_tile_photo(c, p, o) : colour_reduced(c, p, o);
}

int gan_colorizer_image(gan_colorizer *c, const gan_image *in, gan_image *out)
{
    gan_colouring o = gan_colouring_default();
    GAN_ASSERT(in->rgb);
    if (gan_image_init(out, in->w, in->h)) return -1;
    memcpy(out->rgb, in->rgb, 3 * (size_t)in->w * (size_t)in->h);
    gan_photo p = { .w = out->w, .h = out->h, .rgb = out->rgb };
    if (!gan_colorize_photo(c, &p, &o)) return 0;
    gan_image_release(out);
    return -1;
}

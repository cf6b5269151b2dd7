/* The plain C runtime: what opens can be run, and says why when it cannot. */
#include "fuzz/fuzz.h"

#define GAN_INFER_MAX_BYTES ((uint64_t)8 << 20)
#include "runtime/gan_infer.c"

#include "gan/error.h"

enum { MOST = 1 << 15, SIDE = 16, MOST_CHANNELS = 256 }; /* larger ones take too long here */

static float in[MOST_CHANNELS * SIDE * SIDE], out[MOST_CHANNELS * SIDE * SIDE];
static unsigned char rgb[3 * 5 * 9];

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    char why[GAN_INFER_ERROR_BYTES] = "";
    if (n > MOST) return 0;
    gan_infer *m = gan_infer_open_memory(bytes, n, why, sizeof why);
    GAN_ASSERT(m ? !*why : *why);
    if (!m) return 0;
    const gan_infer_info *i = gan_infer_get_info(m);
    GAN_ASSERT(i->in_channels > 0 && i->out_channels > 0 && i->multiple > 0 && i->height >= 0 && i->width >= 0);
    if (i->in_channels <= MOST_CHANNELS && i->out_channels <= MOST_CHANNELS)
        GAN_ASSERT(!gan_infer_run(m, 1, SIDE, SIDE, in, out) || *gan_infer_error(m));
    if (i->height <= SIDE && i->width <= SIDE && i->multiple <= SIDE)
        GAN_ASSERT(!gan_infer_run_rgb8(m, 9, 5, rgb, rgb) || *gan_infer_error(m));
    gan_infer_close(m);
    return 0;
}

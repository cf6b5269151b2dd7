/* PNG and JPEG files: what is accepted is a whole picture, and the reduced one has its sides. */
#include "fuzz/fuzz.h"

#include "gan/error.h"
#include "gan/image.h"

enum { MOST = 1 << 12 }; /* bytes; they may claim a few hundred times as many pixels */

static int ratio_fits(int whole, int reduced)
{
    for (int by = 1; by <= 8; by *= 2)
        if (reduced == (whole + by - 1) / by) return 1;
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    gan_image whole, reduced;
    unsigned sum = 0;
    if (n > MOST || gan_image_decode(&whole, "fuzz", bytes, n, 0)) return 0;
    for (size_t i = 0; i < (size_t)whole.w * (size_t)whole.h * 3; i++) sum += whole.rgb[i];
    GAN_ASSERT(sum <= (size_t)whole.w * (size_t)whole.h * 3 * 255);
    if (!gan_image_decode(&reduced, "fuzz", bytes, n, 2)) {
        GAN_ASSERT(ratio_fits(whole.w, reduced.w) && ratio_fits(whole.h, reduced.h));
        gan_image_release(&reduced);
    }
    gan_image_release(&whole);
    return 0;
}

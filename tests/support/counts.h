/* Trainable parameters of networks with batch norm. tests/golden/make.py counts them and writes this file.
 * depth: the levels of a U-Net, the blocks of a ResNet, the strided layers of a PatchGAN. */
#ifndef TESTS_COUNTS_H
#define TESTS_COUNTS_H

#include <stddef.h>

/* clang-format off */
static const struct count {
    const char *model;
    int filters, depth, channels_in, channels_out;
    size_t parameters;
} counts[] = {
    { "unet", 64, 8, 1, 2, 54409858 },
    { "unet", 64, 7, 1, 2, 41824898 },
    { "resnet", 64, 9, 3, 3, 11383427 },
    { "patchgan", 64, 1, 3, 1, 136513 },
    { "patchgan", 64, 2, 3, 1, 663361 },
    { "patchgan", 64, 3, 3, 1, 2765633 },
    { "patchgan", 64, 4, 3, 1, 6960961 },
    { "patchgan", 64, 5, 3, 1, 11156289 },
    { "unet", 8, 3, 1, 2, 23250 },
    { "patchgan", 8, 2, 3, 1, 11241 },
};
/* clang-format on */

#endif

/* Colours a picture with a generator that `gan export` wrote, without gan and its libraries:
 *     cc -O3 -Iruntime examples/colour_pnm.c runtime/gan_infer.c -lm -o colour_pnm
 *     ./colour_pnm colour.onnx < gray.pgm > colour.ppm
 */
#include <stdio.h>
#include <stdlib.h>

#include "gan_infer.h"

int main(int argc, char **argv)
{
    char why[GAN_INFER_ERROR_BYTES], kind;
    int w, h, most, failed = 1;
    if (argc != 2 || scanf("P%c %d %d %d", &kind, &w, &h, &most) != 4 || (kind != '5' && kind != '6') || most != 255 ||
        getchar() == EOF || w < 1 || h < 1 || w > 20000 || h > 20000)
        return fprintf(stderr, "usage: %s MODEL < PICTURE (binary PGM or PPM, 8 bits) > PPM\n", argv[0]), 2;

    size_t pixels = (size_t)w * (size_t)h, channels = kind == '5' ? 1 : 3;
    unsigned char *rgb = malloc(3 * pixels);
    gan_infer *m = gan_infer_open(argv[1], why, sizeof why);
    if (!rgb || !m) {
        fprintf(stderr, "%s\n", rgb ? why : "out of memory");
    } else if (fread(rgb, channels, pixels, stdin) != pixels) {
        fprintf(stderr, "the picture ends early\n");
    } else {
        for (size_t i = 3 * pixels; channels == 1 && i > 0; i--) rgb[i - 1] = rgb[(i - 1) / 3];
        failed = gan_infer_run_rgb8(m, w, h, rgb, rgb) != 0;
        if (failed) fprintf(stderr, "%s\n", gan_infer_error(m));
    }
    if (!failed) failed = printf("P6\n%d %d\n255\n", w, h) < 0 || fwrite(rgb, 3, pixels, stdout) != pixels;
    gan_infer_close(m);
    free(rgb);
    return failed || fflush(stdout) != 0;
}

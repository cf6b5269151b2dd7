/* Runs the generators that `gan export` writes as .onnx: one source file, C99, needs libc and libm only.
 *     char why[GAN_INFER_ERROR_BYTES];
 *     gan_infer *m = gan_infer_open("colour.onnx", why, sizeof why);
 *     if (!m) return fprintf(stderr, "%s\n", why);
 *     if (gan_infer_run_rgb8(m, w, h, rgb, rgb)) fprintf(stderr, "%s\n", gan_infer_error(m));
 *     gan_infer_close(m);
 * One thread at a time per handle; different handles may run on different threads. Nothing is printed, no file but the
 * model is touched, there are no globals. Functions that return int return 0, or -1 and leave a sentence behind.
 *
 * When gan_infer.c is compiled:
 *     -fopenmp               uses as many threads as OpenMP is told to
 *     GAN_INFER_MALLOC(n), GAN_INFER_FREE(p)      replace malloc and free
 *     GAN_INFER_MAX_BYTES    the most memory that one handle may ask for in each of: file, weights, one run; 4 GiB
 */
#ifndef GAN_INFER_H
#define GAN_INFER_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { GAN_INFER_ERROR_BYTES = 256 };

typedef struct gan_infer gan_infer;

enum gan_infer_io {
    GAN_INFER_PLAIN, /* unknown, or what gan.input and gan.output say */
    GAN_INFER_LAB,   /* in: CIELAB's L / 50 - 1; out: a / 110 and b / 110 */
    GAN_INFER_RGB    /* in and out: sRGB, 0..1 */
};

typedef struct gan_infer_info {
    int in_channels, out_channels;
    int multiple;      /* height and width must be multiples of it */
    int height, width; /* the only size there is; 0: any */
    enum gan_infer_io io;
} gan_infer_info;

/* Opens a model. NULL: what is wrong stands in error (error_bytes of it, 0: not wanted). Owned, gan_infer_close. */
gan_infer *gan_infer_open(const char *path, char *error, size_t error_bytes);

/* The same from memory, which is not needed any more when this returns. */
gan_infer *gan_infer_open_memory(const void *data, size_t bytes, char *error, size_t error_bytes);

void gan_infer_close(gan_infer *m); /* NULL: nothing happens */

const gan_infer_info *gan_infer_get_info(const gan_infer *m);        /* borrowed until gan_infer_close */
const char *gan_infer_metadata(const gan_infer *m, const char *key); /* NULL: absent; borrowed likewise */

/* in: n * in_channels * h * w floats, out: n * out_channels * h * w, plane by plane; they must not overlap. Memory for
 * what lies between is planned at the first use of a size and kept for the last one. */
int gan_infer_run(gan_infer *m, int n, int h, int w, const float *in, float *out);

/* Colours a picture of any size: w * h pixels of 3 bytes, red, green and blue, row by row without gaps. The network sees
 * it as it is, reflected at its right and lower edge to a size that the network takes; of a LAB model's result only the
 * chroma is used. out may be rgb. */
int gan_infer_run_rgb8(gan_infer *m, int w, int h, const unsigned char *rgb, unsigned char *out);

const char *gan_infer_error(const gan_infer *m); /* of the last call that failed on m; "" before */

#ifdef __cplusplus
}
#endif
#endif

/* Inference: a trained network in a program of one's own, in five calls and this one header.
 *     gan_inference *f = gan_inference_open("colour.onnx");
 *     if (!f || gan_inference_rgb(f, w, h, pixels, pixels)) fprintf(stderr, "%s\n", gan_error_message());
 *     gan_inference_close(f);
 * One thread at a time per handle; different handles run on different threads at the same time. Each thread has its own
 * gan_error_message. The number of threads that compute is OpenMP's (OMP_NUM_THREADS, omp_set_num_threads).
 */
#ifndef GAN_INFERENCE_H
#define GAN_INFERENCE_H

#include <stddef.h>
#include <stdint.h>

#include "gan/error.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gan_inference gan_inference;

/* Opens what `gan train` or `gan export` wrote: a checkpoint (the moving average of its weights where there is one) or a
 * frozen .onnx; also weights that `gan import` takes. Batch norm is folded into the convolutions.
 *   errors    NULL: cannot be read, damaged, not a network of gan's; out of memory
 * Owned, gan_inference_close. */
gan_inference *gan_inference_open(const char *path);
void gan_inference_close(gan_inference *f); /* NULL: nothing happens */

typedef struct gan_inference_facts {
    const char *model; /* "unet" */
    const char *io;    /* "lab": L / 50 - 1 in, ab / 110 out; "rgb": sRGB 0..1 in and out, converted inside; "task": as
                        * the network was trained, other colour spaces or other pictures */
    const char *norm; /* statistics that norms use: "running", "instance" (each picture's own), "none"; or what the file
                        * says of how it was frozen */
    int in, out;      /* channels */
    int multiple;     /* sides of what gan_inference_run takes are multiples of this */
    int h, w;         /* the only size that gan_inference_run takes; 0: any */
    int size;         /* side of the pictures it was trained with */
    size_t parameters;
} gan_inference_facts;

const gan_inference_facts *gan_inference_info(const gan_inference *f); /* borrowed until f is closed; NULL of NULL */

/* Runs the network as it is: x is n * in * h * w floats, y becomes n * out * h * w, both plain. Memory is planned at the
 * first use of a size and kept for the size used last: warm calls allocate nothing.
 *   errors    the network does not take this size; more than 4 GiB would be needed; out of memory */
int gan_inference_run(gan_inference *f, int n, int h, int w, const float *x, float *y);

/* Colours a picture of any size, gray or colour, w * h pixels of 3 bytes R, G, B, rows without gaps, as `gan colorize`
 * does: the network sees it near its trained size, the chroma is brought up along the picture's own luminance, which
 * stays. out may be rgb. Of a frozen file with colour conversion or of one size, the network inside is used.
 *   errors    not a network from L to ab; not a size of a picture; out of memory: out may be coloured in part */
int gan_inference_rgb(gan_inference *f, int w, int h, const uint8_t *rgb, uint8_t *out);

#ifdef __cplusplus
}
#endif
#endif

/* The named tensors of a file that holds a generator, whatever wrote it.
 *     gan_tensors t;
 *     if (gan_tensors_open(&t, path)) return -1;
 *     const gan_tensor *x = gan_tensors_find(&t, "enc1.conv.weights");
 *     if (gan_tensors_read(&t, x, floats)) return -1;
 *     gan_tensors_close(&t);
 * A new kind of file is a reader in a file of its own, and a row in tensors.c.
 */
#ifndef GAN_EXPORT_TENSORS_H
#define GAN_EXPORT_TENSORS_H

#include <stddef.h>
#include <stdint.h>

enum { GAN_TENSOR_DIMS = 8, GAN_MAX_TENSORS = 1 << 14 };

typedef struct gan_tensor {
    char *name; /* owned */
    int ndims;
    int64_t dims[GAN_TENSOR_DIMS];
    size_t count; /* elements */
    size_t index; /* the reader's own number for it */
} gan_tensor;

typedef struct gan_tensors gan_tensors;

typedef struct gan_tensor_reader {
    const char *name;
    int (*recognise)(const unsigned char *head, size_t n); /* by the first GAN_HEAD_BYTES or fewer */
    int (*open)(gan_tensors *t, const char *path); /* adds the tensors; on failure close is called all the same */
    int (*read)(gan_tensors *t, const gan_tensor *x, float *out);
    void (*close)(gan_tensors *t); /* takes half-opened ones */
} gan_tensor_reader;
enum { GAN_HEAD_BYTES = 16 };

struct gan_tensors {
    const gan_tensor_reader *reader;
    void *file; /* the reader's */
    gan_tensor *item;
    size_t count;
    char *config; /* INI text of the run it comes from; owned; NULL: the file has none */
    int norm;     /* enum gan_norm, where the file tells; -1: it does not */
};

extern const gan_tensor_reader gan_safetensors_reader, gan_pth_reader, gan_pth_legacy_reader, gan_onnx_reader;

/* What reads the file, by its content; NULL and a message: nothing does. Errors do not name path. */
const gan_tensor_reader *gan_tensors_reader(const char *path);

int gan_tensors_open(gan_tensors *t, const char *path);
void gan_tensors_close(gan_tensors *t);

const gan_tensor *gan_tensors_find(const gan_tensors *t, const char *name); /* NULL: absent, no message */
int gan_tensors_read(gan_tensors *t, const gan_tensor *x, float *out);      /* x->count floats */

/* For readers: adds a tensor called prefix followed by n bytes of name. NULL and a message: too many, too large, a
 * negative dimension. */
gan_tensor *gan_tensors_add(gan_tensors *t, const char *prefix, const char *name, size_t n, int ndims,
                            const int64_t *dims);

#endif

/* What the two forms of .pth files share: a pickle of dicts of tensors, which are views of storages, and storages that
 * lie elsewhere in the file. Each form finds and reads its storages in its own way.
 */
#ifndef GAN_EXPORT_PTH_H
#define GAN_EXPORT_PTH_H

#include "export/element.h"
#include "export/pickle.h"
#include "export/tensors.h"

/* Names within the archive of a .pth file, all below one folder: those of torch.save, and one of ours. */
#define PTH_PICKLE "data.pkl"
#define PTH_DATA "data/" /* and the key of a storage */
#define PTH_VERSION "version"
#define PTH_BYTE_ORDER "byteorder"
#define PTH_CONFIG "gan.ini" /* the configuration; torch.load does not look at it */

typedef struct gan_pth_storage {
    const gan_element *element;
    size_t bytes, index; /* index: the form's own */
} gan_pth_storage;

typedef struct gan_pth_view { /* which elements of which storage a tensor is */
    gan_pth_storage storage;
    size_t offset, span;             /* elements: the first, and how many from the first to the last */
    size_t strides[GAN_TENSOR_DIMS]; /* elements */
} gan_pth_view;

typedef struct gan_pth gan_pth;
struct gan_pth { /* the first member of what a form keeps in gan_tensors.file */
    /* Sets bytes and index; the element is known. */
    int (*find)(gan_pth *f, const char *key, size_t n, gan_pth_storage *s);
    int (*load)(gan_pth *f, const gan_pth_storage *s, void *out); /* s->bytes */
    gan_pickle *pickle;
    int big_endian;
    gan_pth_view *views; /* by the tensors' index */
    size_t visits;
};

extern const gan_pickle_global gan_pth_globals[]; /* the allow-list; info: a storage's element */

/* Adds all tensors of a dict. Dicts within dicts are flattened: their keys are joined by dots. */
int gan_pth_add(gan_tensors *t, const gan_value *root);

/* Whether a value is the persistent id of a storage: ('storage', class, key, place, elements, ...). */
int gan_pth_is_storage(const gan_items *id);

int gan_pth_read(gan_tensors *t, const gan_tensor *x, float *out);
void gan_pth_release(gan_pth *f);

#endif

/* The types of numbers that files hold, and how they become floats. Bytes are little-endian. */
#ifndef GAN_EXPORT_ELEMENT_H
#define GAN_EXPORT_ELEMENT_H

#include <stddef.h>

typedef struct gan_element {
    const char *name;
    size_t bytes;
    float (*get)(const unsigned char *from); /* NULL: whole numbers, which no weights are */
} gan_element;

extern const gan_element gan_f16, gan_bf16, gan_f32, gan_f64;
extern const gan_element gan_whole8, gan_whole16, gan_whole32, gan_whole64;

/* n numbers that lie side by side; -1 and a message if the type is one of whole numbers. */
int gan_element_floats(const gan_element *e, const unsigned char *from, size_t n, float *out);

#endif

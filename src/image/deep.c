/* Gray pictures of 16 bits, as medical and scientific ones are. */
#include <math.h>
#include <string.h>

#include "base/file.h"
#include "gan/mem.h"
#include "gan/photo.h"

int gan_photo_is_deep(const char *path)
{
    enum { IHDR = 8, DEPTH = 24, HEAD = 25 };
    uint8_t head[HEAD];
    uint64_t bytes;
    FILE *in = gan_file_open(path, &bytes);
    if (!in) return 0;
    int whole = fread(head, 1, HEAD, in) == HEAD;
    fclose(in);
    return whole && !memcmp(head, "\x89PNG\r\n\x1a\n", IHDR) && !memcmp(head + 12, "IHDR", 4) && head[DEPTH] == 16;
}

/* A plane of the samples of columns left .. left + width - 1, owned; NULL: out of memory, or *gray says it has colours. */
static float *plane_of(const gan_photo *p, int left, int width, int *gray)
{
    float *plane = gan_mem_alloc((size_t)width * (size_t)p->h, sizeof *plane), *to = plane;
    *gray = 1;
    for (int y = 0; plane && *gray && y < p->h; y++) {
        const uint16_t *from = p->rgb16 + 3 * ((size_t)y * (size_t)p->w + (size_t)left);
        for (int x = 0; x < width; x++, from += 3) {
            *gray &= from[0] == from[1] && from[0] == from[2];
            *to++ = from[0];
        }
    }
    if (*gray) return plane;
    gan_mem_free(plane);
    return NULL;
}

static int reduce(const float *plane, int width, int height, int w, int h, uint16_t **deep)
{
    size_t n = (size_t)w * (size_t)h;
    float *small = gan_mem_alloc(n, sizeof *small);
    *deep = gan_mem_alloc(n, sizeof **deep);
    int failed = !small || !*deep || gan_plane_resize(small, w, h, plane, width, height, GAN_BICUBIC);
    for (size_t i = 0; !failed && i < n; i++) (*deep)[i] = (uint16_t)(fminf(fmaxf(small[i], 0), 65535) + 0.5f);
    gan_mem_free(small);
    if (!failed) return 0;
    gan_mem_free(*deep);
    *deep = NULL;
    return -1;
}

int gan_photo_deep(const gan_photo *p, int left, int width, int w, int h, uint16_t **deep)
{
    int gray;
    *deep = NULL;
    if (!p->rgb16) return 0;
    float *plane = plane_of(p, left, width, &gray);
    if (!plane) return gray ? -1 : 0;
    int failed = reduce(plane, width, p->h, w, h, deep);
    gan_mem_free(plane);
    return failed;
}

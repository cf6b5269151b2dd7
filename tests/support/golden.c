#include "support/golden.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "gan/mem.h"

enum { PATH_BYTES = 4096, NAME_BYTES = 256 };

gan_st_file *golden_open(const char *file)
{
    char path[PATH_BYTES];
    int length = snprintf(path, sizeof path, "%s/tests/golden/%s", GAN_SOURCE_DIR, file);
    if (length < 0 || length >= PATH_BYTES) {
        gan_error("'%s' has too long a path", file);
        return NULL;
    }
    return gan_st_open(path);
}

static const gan_st_info *find(const gan_st_file *f, size_t n, const char *name)
{
    const gan_st_info *info = gan_st_find(f, name);
    if (!info)
        gan_error("no golden tensor '%s'", name);
    else if (info->type != GAN_F32 || info->bytes != n * sizeof(float))
        gan_error("golden tensor '%s' has %zu bytes and type %d, not %zu floats", name, info->bytes, (int)info->type,
                  n);
    else
        return info;
    return NULL;
}

static float *load(gan_st_file *f, size_t n, const char *format, va_list args)
{
    char name[NAME_BYTES];
    vsnprintf(name, sizeof name, format, args); /* cut short it names no tensor */
    const gan_st_info *info = find(f, n, name);
    float *out = info ? gan_mem_alloc(n, sizeof *out) : NULL;
    if (out && gan_st_read(f, info, out)) {
        gan_mem_free(out);
        return NULL;
    }
    return out;
}

float *golden_floats(gan_st_file *f, size_t n, const char *name, ...)
{
    va_list args;
    va_start(args, name);
    float *out = load(f, n, name, args);
    va_end(args);
    return out;
}

double *golden_doubles(gan_st_file *f, size_t n, const char *name, ...)
{
    va_list args;
    va_start(args, name);
    float *stored = load(f, n, name, args);
    va_end(args);
    double *out = stored ? gan_mem_alloc(n, sizeof *out) : NULL;
    for (size_t i = 0; out && i < n; i++) out[i] = (double)stored[i];
    gan_mem_free(stored);
    return out;
}

double golden_distance(gan_st_file *f, const float *got, size_t n, const char *name, ...)
{
    va_list args;
    va_start(args, name);
    float *golden = load(f, n, name, args);
    va_end(args);
    if (!golden) return NAN;
    double difference = 0, size = 0;
    for (size_t i = 0; i < n; i++) {
        difference += pow((double)got[i] - (double)golden[i], 2);
        size += pow((double)golden[i], 2);
    }
    gan_mem_free(golden);
    return sqrt(difference / size);
}

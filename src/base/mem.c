#define _GNU_SOURCE
#include "gan/mem.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { LARGE = 2 << 20, LINE = 64 };

static atomic_uint_fast64_t made;
static atomic_uint_fast64_t fail_from; /* value of `made` from which on everything fails; 0: never */
static _Thread_local uint64_t failures;

static int refused(void)
{
    uint64_t at = atomic_fetch_add(&made, 1) + 1, limit = atomic_load(&fail_from);
    return limit && at >= limit;
}

static void *out_of_memory(size_t bytes)
{
    failures++;
    gan_error("out of memory: cannot allocate %zu bytes", bytes);
    return NULL;
}

static int product(size_t count, size_t size, size_t *bytes)
{
    if (size && count > SIZE_MAX / size / 2) {
        failures++;
        return gan_error("out of memory: %zu times %zu bytes", count, size);
    }
    *bytes = count && size ? count * size : 1;
    return 0;
}

void *gan_mem_alloc(size_t count, size_t size)
{
    size_t bytes;
    if (product(count, size, &bytes)) return NULL;
    void *block = refused() ? NULL : calloc(1, bytes);
    return block ? block : out_of_memory(bytes);
}

void *gan_mem_resize(void *old, size_t count, size_t size)
{
    size_t bytes;
    if (product(count, size, &bytes)) return NULL;
    void *block = refused() ? NULL : realloc(old, bytes);
    return block ? block : out_of_memory(bytes);
}

void *gan_mem_alloc_large(size_t bytes)
{
    if (bytes > SIZE_MAX / 2) return out_of_memory(bytes);
    size_t align = bytes >= LARGE ? LARGE : LINE, rounded = (bytes + align - 1) / align * align;
    void *block = refused() ? NULL : aligned_alloc(align, rounded ? rounded : align);
    if (!block) return out_of_memory(bytes);
#ifdef MADV_HUGEPAGE
    if (align == LARGE) madvise(block, rounded, MADV_HUGEPAGE); /* a hint: a refusal changes nothing */
#endif
    memset(block, 0, rounded ? rounded : align);
    return block;
}

char *gan_mem_text(const char *text)
{
    return gan_mem_printf("%s", text);
}

char *gan_mem_printf(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *text = length < 0 ? NULL : gan_mem_alloc((size_t)length + 1, 1);
    if (!text) return NULL;
    va_start(args, format);
    vsnprintf(text, (size_t)length + 1, format, args);
    va_end(args);
    return text;
}

void gan_mem_free(void *block)
{
    free(block);
}

uint64_t gan_mem_count(void)
{
    return atomic_load(&made);
}

uint64_t gan_mem_failures(void)
{
    return failures;
}

void gan_mem_fail_at(uint64_t nth)
{
    atomic_store(&fail_from, nth ? atomic_load(&made) + nth : 0);
}

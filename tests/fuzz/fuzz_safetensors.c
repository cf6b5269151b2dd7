/* Tensor files: every tensor of what opens is read. */
#define _GNU_SOURCE
#include "fuzz/fuzz.h"

#include "fuzz/file.h"
#include "gan/mem.h"
#include "gan/safetensors.h"

enum { MOST = 1 << 16 };

static void read_all(const char *path)
{
    gan_st_file *f = gan_st_open(path);
    for (size_t i = 0; f && i < gan_st_count(f); i++) {
        const gan_st_info *info = gan_st_at(f, i);
        void *out = gan_mem_alloc(info->bytes, 1);
        if (out) gan_st_read(f, info, out);
        gan_mem_free(out);
    }
    gan_st_close(f);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    if (n <= MOST) fuzz_with_file(bytes, n, read_all);
    return 0;
}

/* ONNX files of gan: opened as networks that run. */
#define _GNU_SOURCE
#include "fuzz/fuzz.h"

#include <string.h>

#include "fuzz/file.h"
#include "gan/error.h"
#include "gan/export.h"

enum { MOST = 1 << 16 };

static void open_exported(const char *path)
{
    static gan_exported e;
    if (gan_exported_open(&e, path)) {
        GAN_ASSERT(!e.frozen.graph && !e.frozen.params && strstr(gan_error_message(), path));
        return;
    }
    GAN_ASSERT(gan_params_finite(e.frozen.params) && e.multiple > 0);
    gan_exported_release(&e);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    if (n <= MOST) fuzz_with_file(bytes, n, open_exported);
    return 0;
}

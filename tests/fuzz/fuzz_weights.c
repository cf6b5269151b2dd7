/* Generators as safetensors, ours and others': imported. */
#define _GNU_SOURCE
#include "fuzz/fuzz.h"

#include "fuzz/import.h"

enum { MOST = 1 << 16 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    if (n <= MOST) fuzz_with_file(bytes, n, fuzz_import);
    return 0;
}

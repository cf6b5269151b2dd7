/* A fuzz target is tests/fuzz/fuzz_<name>.c with this one function; its corpus stands in tests/fuzz/corpus/<name>.
 * Input that is merely wrong returns 0 as good input does; only a crash or a sanitizer's report is a finding.
 */
#ifndef GAN_TESTS_FUZZ_H
#define GAN_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

#endif

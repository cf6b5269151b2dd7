/* What clang-tidy cannot see from a declaration: gan_error and gan_error_in always return -1. */
#include "gan/error.h"

#define gan_error(...) (gan_error(__VA_ARGS__), -1)
#define gan_error_in(...) (gan_error_in(__VA_ARGS__), -1)

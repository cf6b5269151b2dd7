/* Functions that gcc compiles once per x86-64 level and picks from at load time, so that one binary runs anywhere and
 * uses AVX2 or AVX-512 where there is one. */
#ifndef GAN_BASE_SIMD_H
#define GAN_BASE_SIMD_H

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__)
#define GAN_SIMD __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#define GAN_SIMD_LEVELS 1
#else
#define GAN_SIMD
#define GAN_SIMD_LEVELS 0 /* they are compiled once, for the plainest machine */
#endif

#endif

/* Errors: one sentence per thread, left behind by the function that failed.
 *     return gan_error("cannot open '%s': %s", path, strerror(errno));
 * Every function of the library that can fail returns 0 or -1 (pointers: NULL, ids: -1).
 */
#ifndef GAN_ERROR_H
#define GAN_ERROR_H

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define GAN_PRINTF(text, first) __attribute__((format(printf, text, first)))
#else
#define GAN_PRINTF(text, first)
#endif

#if defined(__cplusplus)
#define GAN_NORETURN [[noreturn]]
#else
#define GAN_NORETURN _Noreturn
#endif

/* Replaces this thread's message. Returns -1, so that failing is one line. */
int gan_error(const char *format, ...) GAN_PRINTF(1, 2);

/* Puts what a caller knows in front of the message: "<format>: <message>". Returns -1. */
int gan_error_in(const char *format, ...) GAN_PRINTF(1, 2);

/* The message of the last failure in this thread; borrowed until the next one; "" if there was none. */
const char *gan_error_message(void);

/* A broken invariant of our own, never bad input: prints file and line and aborts. */
#define GAN_BUG(...) gan_bug(__FILE__, __LINE__, __VA_ARGS__)
#define GAN_ASSERT(condition) ((condition) ? (void)0 : GAN_BUG("'%s' does not hold", #condition))
GAN_NORETURN void gan_bug(const char *file, int line, const char *format, ...) GAN_PRINTF(3, 4);

#ifdef __cplusplus
}
#endif
#endif

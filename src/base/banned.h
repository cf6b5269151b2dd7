/* Functions that our sources do not call. The build puts this header in front of every source of the library and the
 * program and makes use of a deprecated declaration an error. It includes nothing, so that a source's feature macros
 * still count.
 */
#ifndef GAN_BASE_BANNED_H
#define GAN_BASE_BANNED_H

#define BANNED(why) __attribute__((deprecated("banned: " why)))

/* The bound is missing, or errors are. */
extern char *strcpy(char *dst, const char *src) BANNED("use snprintf or memcpy");
extern char *strcat(char *dst, const char *src) BANNED("use snprintf");
extern char *strncpy(char *dst, const char *src, __SIZE_TYPE__ n) BANNED("may leave no end; use snprintf or memcpy");
extern char *strncat(char *dst, const char *src, __SIZE_TYPE__ n) BANNED("use snprintf");
extern int sprintf(char *dst, const char *format, ...) BANNED("use snprintf");
extern int vsprintf(char *dst, const char *format, __builtin_va_list args) BANNED("use vsnprintf");
extern int atoi(const char *text) BANNED("use strtol and check");
extern long atol(const char *text) BANNED("use strtol and check");
extern long long atoll(const char *text) BANNED("use strtoll and check");
extern double atof(const char *text) BANNED("use strtod and check");

/* Hidden state, shared by all threads. */
extern char *strtok(char *text, const char *delimiters) BANNED("use strcspn");
extern int rand(void) BANNED("use gan/rng.h");
extern void srand(unsigned seed) BANNED("use gan/rng.h");

/* Memory that is not counted; src/base/mem.c alone may. */
extern void *malloc(__SIZE_TYPE__ size) BANNED("use gan_mem_alloc");
extern void *calloc(__SIZE_TYPE__ count, __SIZE_TYPE__ size) BANNED("use gan_mem_alloc");
extern void *realloc(void *block, __SIZE_TYPE__ size) BANNED("use gan_mem_resize");
extern void *aligned_alloc(__SIZE_TYPE__ alignment, __SIZE_TYPE__ size) BANNED("use gan_mem_alloc_large");
extern void free(void *block) BANNED("use gan_mem_free");
extern char *strdup(const char *text) BANNED("use gan_mem_text");
extern char *strndup(const char *text, __SIZE_TYPE__ n) BANNED("use gan_mem_printf");

/* The library neither prints nor exits: that is the command line's. */
#ifndef GAN_COMMAND_LINE
extern int printf(const char *format, ...) BANNED("return an error or use gan_log");
extern int puts(const char *text) BANNED("return an error or use gan_log");
extern int putchar(int c) BANNED("return an error or use gan_log");
extern void perror(const char *text) BANNED("return gan_error");
extern void exit(int status) BANNED("return an error");
#endif

#undef BANNED
#endif

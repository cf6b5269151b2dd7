/* Numbers in texts have a decimal point, whatever locale the program around us has chosen for its own. */
#ifndef GAN_BASE_NUMBER_H
#define GAN_BASE_NUMBER_H

#include <stdarg.h>
#include <stddef.h>

#include "gan/error.h"

/* strtod, snprintf and vsnprintf of the "C" locale. */
double gan_number_read(const char *text, char **end);
int gan_number_write(char *text, size_t room, const char *format, ...) GAN_PRINTF(3, 4);
int gan_number_vwrite(char *text, size_t room, const char *format, va_list args) GAN_PRINTF(3, 0);

#endif

/* Networks whose answers are pictures of their own: line art coloured, one kind of picture made of another. */
#ifndef COLORIZE_TRANSLATE_H
#define COLORIZE_TRANSLATE_H

#include "gan/colorize.h"

/* Replaces p by the network's answer to it, at p's size; the network sees it reduced as gan_colorize_photo says. */
int gan_translate_photo(gan_colorizer *c, gan_photo *p, const gan_colouring *o);

#endif

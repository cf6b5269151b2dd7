/* UTF-8, as RFC 3629 has it. */
#ifndef GAN_BASE_UTF8_H
#define GAN_BASE_UTF8_H

/* Whether text is well-formed: no stray or missing bytes, overlong forms, surrogates or numbers above U+10FFFF. */
int gan_utf8_valid(const char *text);

#endif

/* What the files of the configuration share: names to rows, rows to values, INI text to both. */
#ifndef GAN_BASE_CONFIG_PARTS_H
#define GAN_BASE_CONFIG_PARTS_H

#include "gan/config.h"

/* Bytes of the longest line, without its end. inih's buffers hold no more, and what it is built with differs between
 * systems, so this is checked here: a configuration is readable everywhere or nowhere. */
enum { GAN_CONFIG_LINE = 197 };

/* A section or a row by its name; NULL and a message that proposes the nearest one. Static. */
const gan_config_section *gan_config_section_named(const char *name);
const gan_option *gan_config_row_named(const gan_config_section *section, const char *key);

/* Stores a value that has to survive being written into an INI file and read back. */
int gan_config_assign(gan_config *c, const gan_config_section *section, const gan_option *row, const char *value);

/* Whether a value stands in an INI line as it is; -1 and a message if not. */
int gan_config_writable(const gan_config_section *section, const gan_option *row, const char *value);

/* Sets what the text sets; name is used in messages: "name:line: ...". */
int gan_config_read_ini(gan_config *c, const char *name, const char *text);

#endif

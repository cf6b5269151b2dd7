/* Finds the photographs below a folder by their names, without opening them. */
#ifndef DATA_WALK_H
#define DATA_WALK_H

#include "data/names.h"

/* Appends "root/a/b.jpg" for every regular file, or link to one, whose name ends in .png, .jpg or .jpeg (any case).
 * Names that begin with a dot are skipped. Links to folders are followed unless the folder was visited already; real
 * folders come first, so the result does not depend on the order in which a file system lists its entries.
 * errors: a folder that cannot be opened or read; out of memory. What was found so far stays in files. */
int gan_walk(const char *root, struct gan_names *files);

#endif

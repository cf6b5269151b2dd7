/* Which picture is written where: the arguments of gan colorize as a list of files. */
#ifndef GAN_CLI_PAIRS_H
#define GAN_CLI_PAIRS_H

#include <stddef.h>

typedef struct gan_pair {
    char *in, *out; /* owned */
} gan_pair;

typedef struct gan_pairs {
    gan_pair *item; /* owned */
    size_t count, room;
    size_t unusable; /* folders that cannot be read, or hold no pictures: each has been warned of */
    int into_folder; /* outputs lie in a folder, which may have to be made, and not in one named file */
} gan_pairs;

/* Inputs are files and folders (recursively). output is a file if there is one input, a file, and output neither ends
 * in '/' nor is a folder; else a folder, in which the files of input folders keep their places. Zeroed p is empty.
 *   errors    output's ending is not a picture's; two inputs with one output; an output that is an input;
 *             out of memory */
int gan_pairs_make(gan_pairs *p, int ninputs, char *const *inputs, const char *output);
void gan_pairs_release(gan_pairs *p);

#endif

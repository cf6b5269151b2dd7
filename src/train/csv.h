/* A table that grows while a run goes on: rows begin with a number that only rises. */
#ifndef GAN_TRAIN_CSV_H
#define GAN_TRAIN_CSV_H

#include <stdint.h>
#include <stdio.h>

#include "gan/error.h"

typedef struct gan_csv {
    FILE *out;
    char *path; /* owned */
} gan_csv;

/* Opens path for appending. Of what is there, whole rows that begin with a number up to `last` are kept if the header
 * is the same; the rest (steps that will be made again, a torn last line) is dropped. */
int gan_csv_open(gan_csv *c, const char *path, const char *header, uint64_t last);
int gan_csv_row(gan_csv *c, const char *format, ...) GAN_PRINTF(2, 3); /* without its end */
int gan_csv_sync(gan_csv *c);                                          /* all rows are on disk afterwards */
void gan_csv_close(gan_csv *c);                                        /* takes zeroed ones */

#endif

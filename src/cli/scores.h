/* Figures of an evaluation for people and for machines: what there is follows from the rows of gan_figure_at. */
#ifndef GAN_CLI_SCORES_H
#define GAN_CLI_SCORES_H

#include <stdio.h>

#include "gan/evaluate.h"

void gan_scores_print(gan_scores *s, int size);
int gan_scores_print_json(gan_scores *s); /* one line */

void gan_scores_csv_header(FILE *out);
void gan_scores_csv_row(FILE *out, const char *picture, gan_scores *s); /* what a picture has not is left empty */

#endif

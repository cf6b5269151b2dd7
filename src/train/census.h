/* How often each colour occurs in a set of photographs. */
#ifndef GAN_TRAIN_CENSUS_H
#define GAN_TRAIN_CENSUS_H

#include "gan/bins.h"
#include "gan/config.h"
#include "gan/data.h"

/* Counts of which bin is the nearest to each pixel, over what c sees of d at a small size; of large sets in an even
 * selection. count: of b->count bins. Fails if no photograph can be used, and for lack of memory. */
int gan_census(const gan_config *c, const gan_dataset *d, const gan_bins *b, double *count);

#endif

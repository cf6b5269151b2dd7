/* What the other files of the data module may ask of a data set. */
#ifndef DATA_DATASET_H
#define DATA_DATASET_H

#include "data/picture.h"
#include "gan/data.h"

/* What messages call the whole set: its folder; borrowed. */
const char *gan_dataset_name(const gan_dataset *d);

/* The file behind picture i as open() takes it; NULL if it is procedural; borrowed. */
const char *gan_dataset_file(const gan_dataset *d, size_t i);

/* The other file of a pair, of a data set opened with gan_dataset_open_pairs; borrowed. */
const char *gan_dataset_partner(const gan_dataset *d, size_t i);

/* Finds a picture by its relative path; the count of the data set if there is none. */
size_t gan_dataset_find(const gan_dataset *d, const char *path);

/* Loads picture i and resizes its short side to `side` (bicubic). least_side as in gan_image_load. A picture longer
 * than 32 times its short side is refused: resizing would make it enormous. im is empty on failure. */
int gan_dataset_load_short(const gan_dataset *d, size_t i, int least_side, int side, gan_image *im);

/* The same for source and target of a task. p is empty on failure. */
int gan_dataset_load_picture(const gan_dataset *d, size_t i, const gan_task *t, int least_side, int side,
                             struct gan_picture *p);

#endif

/* Parameters from inside: layouts, packed second copies, and what Adam needs to walk them. */
#ifndef GAN_CORE_PARAMS_H
#define GAN_CORE_PARAMS_H

#include "gan/params.h"

typedef struct gan_md gan_md; /* a layout, of core/dnn/back.h */

/* Until the first plan is made, values are canonical. The first plan fixes the layout that each gradient is written in,
 * then gan_params_lay_out allocates the blocks; later plans take these layouts or pack. */
int gan_params_fix(gan_params *w, int i, const gan_md *md); /* no effect once the layout is fixed */
int gan_params_lay_out(gan_params *w);
const gan_md *gan_params_md(const gan_params *w, int i); /* NULL: not fixed yet; borrowed */

int gan_params_one_copy(const gan_params *w); /* 1: nothing is packed; gan_params_pack is not for these */

/* A parameter's floats in a block, padding included (padding is 0). */
float *gan_params_data(gan_params *w, int i, enum gan_block b);
size_t gan_params_floats(const gan_params *w, int i);

/* Its place in a block that is laid out: from float *begin to float *end, multiples of a tile that hold these floats and
 * zeros. Trainable parameters fill the first gan_params_trainable floats. */
enum { GAN_SLOT_FLOATS = 256 };
void gan_params_place(const gan_params *w, int i, size_t *begin, size_t *end);
size_t gan_params_trainable(const gan_params *w);
float *gan_params_block(gan_params *w, enum gan_block b);
void gan_params_layout(const gan_params *w, int i, char *text, size_t bytes); /* "abcd16b16a" */

/* The values in another layout or type, or with `rounded` as floats that are values of bf16: the number of a packed copy,
 * shared by all plans; -1 on failure. */
int gan_params_pack(gan_params *w, int i, const gan_md *md, int rounded);
const void *gan_params_packed(const gan_params *w, int pack);

/* Values were changed from outside: packed copies are stale until gan_params_refresh. */
void gan_params_touch(gan_params *w, int i);
int gan_params_refresh(gan_params *w);

/* For Adam: floats [begin, end) of parameter i were just written and lie in cache: copies made of tiles are brought up
 * to date. Both bounds are multiples of a tile or the end. */
enum { GAN_PACK_GRAIN = 4096 };
void gan_params_repack(gan_params *w, int i, size_t begin, size_t end);
/* The whole parameter was done so: other copies become stale, tiled ones are fresh. */
void gan_params_repacked(gan_params *w, int i);

void gan_params_count_update(gan_params *w);

#endif

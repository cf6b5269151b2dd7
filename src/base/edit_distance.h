/* How far apart two names are, to answer a mistyped one with "did you mean". */
#ifndef GAN_BASE_EDIT_DISTANCE_H
#define GAN_BASE_EDIT_DISTANCE_H

/* Insertions, deletions, replacements and swaps of neighbours that turn a into b, ASCII case ignored (Damerau 1964;
 * optimal string alignment). Names of more than 63 bytes are GAN_FAR from everything. */
enum { GAN_FAR = 1000 };
int gan_edit_distance(const char *a, const char *b);

/* The distance, or GAN_FAR where it is too large for a typing error: more than one edit in three characters. */
int gan_typing_distance(const char *typed, const char *name);

#endif

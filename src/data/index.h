/* The file beside a run that remembers what decoding has found out about each photograph:
 *     gan-index 1 side 72 gray 4
 *     colour 18233 1700000000123456789 street/0001.jpg        verdict, bytes, time of last change (ns), path
 *     end 0123456789abcdef                                    FNV-1a of all bytes before this line
 */
#ifndef DATA_INDEX_H
#define DATA_INDEX_H

#include "data/verdict.h"

/* Takes over what still holds: files of the data set whose size and time are as noted. An index that is damaged or was
 * made for another side is ignored, a damaged one with a warning. -1 only when out of memory. */
int gan_index_read(const char *path, int side, struct gan_verdicts *v);

/* Writes all that is known. Files that have no stamp or a line break in their name are left out. */
int gan_index_write(const char *path, int side, struct gan_verdicts *v);

#endif

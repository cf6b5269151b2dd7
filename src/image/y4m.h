/* Chroma sampling of YUV4MPEG2, for the reader and the colour conversion. */
#ifndef IMAGE_Y4M_H
#define IMAGE_Y4M_H

#include "gan/y4m.h"

typedef struct gan_sampling {
    const char *name; /* the value of the tag C */
    int chroma;       /* 0: luma alone */
    int across, down; /* luma samples per chroma sample */
    int left;         /* chroma samples lie on the first of `across` luma columns, not between them */
    int written_as;   /* the row that output has */
} gan_sampling;

const gan_sampling *gan_sampling_of(int row);

static inline int gan_chroma_side(int luma, int per_chroma)
{
    return (luma + per_chroma - 1) / per_chroma;
}

#endif

#include "image/turn.h"

gan_placing gan_placing_of(int w, int h, int orientation)
{
    static const struct {
        int transpose, mirror_x, mirror_y; /* in this order */
    } turns[9] = { [2] = { 0, 1, 0 }, [3] = { 0, 1, 1 }, [4] = { 0, 0, 1 }, [5] = { 1, 0, 0 },
                   [6] = { 1, 1, 0 }, [7] = { 1, 1, 1 }, [8] = { 1, 0, 1 } };
    int transpose = turns[orientation].transpose;
    gan_placing p = { .w = transpose ? h : w, .h = transpose ? w : h };
    ptrdiff_t x = 1, y = p.w;
    if (turns[orientation].mirror_x) {
        p.origin += p.w - 1;
        x = -x;
    }
    if (turns[orientation].mirror_y) {
        p.origin += (ptrdiff_t)(p.h - 1) * p.w;
        y = -y;
    }
    p.column = transpose ? y : x;
    p.row = transpose ? x : y;
    return p;
}

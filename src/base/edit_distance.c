#include "base/edit_distance.h"

#include <string.h>

enum { MOST = 63 };

static int lower(char c)
{
    return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

static int least(int a, int b)
{
    return a < b ? a : b;
}

int gan_edit_distance(const char *a, const char *b)
{
    size_t na = strlen(a), nb = strlen(b);
    if (na > MOST || nb > MOST) return GAN_FAR;
    int d[MOST + 1][MOST + 1]; /* d[i][j]: from the first i of a to the first j of b */
    for (size_t i = 0; i <= na; i++) d[i][0] = (int)i;
    for (size_t j = 0; j <= nb; j++) d[0][j] = (int)j;
    for (size_t i = 1; i <= na; i++)
        for (size_t j = 1; j <= nb; j++) {
            int here = lower(a[i - 1]), there = lower(b[j - 1]);
            d[i][j] = least(d[i - 1][j - 1] + (here != there), least(d[i - 1][j], d[i][j - 1]) + 1);
            if (i > 1 && j > 1 && here == lower(b[j - 2]) && there == lower(a[i - 2]))
                d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
        }
    return d[na][nb];
}

int gan_typing_distance(const char *typed, const char *name)
{
    int distance = gan_edit_distance(typed, name);
    return distance <= ((int)strlen(name) + 2) / 3 ? distance : GAN_FAR;
}

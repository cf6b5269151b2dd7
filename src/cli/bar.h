/* Shows progress on a stream: one line that is drawn over and over on a terminal, a line now and then elsewhere.
 *     gan_bar bar;
 *     gan_bar_init(&bar, stderr);
 *     int bad = gan_something_long(..., gan_bar_show, &bar);
 *     gan_bar_finish(&bar);
 */
#ifndef GAN_CLI_BAR_H
#define GAN_CLI_BAR_H

#include <stdio.h>

#include "gan/progress.h"

enum { GAN_BAR_BYTES = 512 };

typedef struct gan_bar {
    FILE *out; /* borrowed */
    int terminal;
    int width;               /* columns; 0: the terminal's, asked each time */
    double (*clock_s)(void); /* gan_clock_s */
    gan_rate rate;
    double shown_s; /* when a line was shown last */
    char line[GAN_BAR_BYTES];
    int pending; /* line has not been shown: the last one always is, elsewhere than on a terminal */
} gan_bar;

void gan_bar_init(gan_bar *b, FILE *out);
void gan_bar_show(void *bar, const gan_progress *p); /* a gan_progress_fn whose ctx is a gan_bar */

/* Takes the line away, so that something else can be printed; the next report draws it again. Any thread may call this:
 * it reads only what gan_bar_init has set. */
void gan_bar_clear(const gan_bar *b);

/* The work has ended: takes the line away, or prints the last one if that has not been done. b can be used again. */
void gan_bar_finish(gan_bar *b);

#endif

/* What is known about each file of a data set: a property of the file, found when it is first decoded. */
#ifndef DATA_VERDICT_H
#define DATA_VERDICT_H

#include <stddef.h>
#include <stdint.h>

#include "gan/data.h"

enum gan_verdict { GAN_UNKNOWN, GAN_COLOUR, GAN_GRAY, GAN_UNREADABLE, GAN_NVERDICT };

struct gan_stamp { /* tells whether a file is still the one that was judged */
    int64_t bytes; /* -1: there is no such file, or it may not be read */
    uint64_t modified_ns;
};

struct gan_verdicts {
    const gan_dataset *data; /* borrowed */
    struct gan_judged {
        struct gan_stamp stamp;
        uint8_t verdict, stamped;
    } * file; /* one per picture; owned */
    size_t total[GAN_NVERDICT];
    int changed; /* since the index was read or written */
};

int gan_verdicts_init(struct gan_verdicts *v, const gan_dataset *d);
void gan_verdicts_release(struct gan_verdicts *v);
void gan_verdicts_forget(struct gan_verdicts *v); /* all of them are unknown again */

enum gan_verdict gan_verdict_of(const struct gan_verdicts *v, size_t i);
void gan_verdict_set(struct gan_verdicts *v, size_t i, enum gan_verdict verdict);

/* The stamp of a file as it was when first asked for. Ask before decoding: a file that changes while it is read is
 * then judged anew by the next run. */
struct gan_stamp gan_verdict_stamp(struct gan_verdicts *v, size_t i);

#endif

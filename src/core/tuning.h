/* The store of choices, from inside. */
#ifndef GAN_CORE_TUNING_H
#define GAN_CORE_TUNING_H

#include "gan/tuning.h"

enum { GAN_CHOICE_BYTES = 64, GAN_SITE_BYTES = 256 };
extern const char GAN_USUAL[]; /* the choice that is taken without tuning */

typedef struct gan_chosen {
    char site[GAN_SITE_BYTES];     /* the pass of a layer: all that its alternatives' times depend on but the machine */
    char choice[GAN_CHOICE_BYTES]; /* GAN_USUAL or an alternative's name */
    double ratio;                  /* its time over the usual one's; 1: the usual */
    int trusted;                   /* this process found that the alternative exists */
    int used;                      /* a plan has it */
} gan_chosen;

/* NULL: unknown; borrowed until the next gan_tuning_add. */
gan_chosen *gan_tuning_find(gan_tuning *t, const char *site);

/* Adds a choice, or replaces the site's; NULL when out of memory. */
gan_chosen *gan_tuning_add(gan_tuning *t, const char *site, const char *choice, double ratio);

enum gan_tune gan_tuning_effort(const gan_tuning *t);
int gan_tuning_is_recorded(const gan_tuning *t);
int gan_tuning_forced(const gan_tuning *t); /* -1: not */

#endif

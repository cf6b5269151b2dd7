/* Losses: plain arrays in, a number and a gradient out. Two tables: pixel losses compare a prediction with a target,
 * adversarial losses judge a discriminator's scores. */
#ifndef GAN_LOSS_H
#define GAN_LOSS_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gan_loss_def {
    const char *name, *help;
    /* The mean over n elements, unweighted; diff (NULL: none) gets weight * d loss / d pred added. */
    double (*eval)(const float *pred, const float *target, size_t n, float weight, float *diff);
} gan_loss_def;

enum gan_role { GAN_REAL, GAN_FAKE, GAN_FOOL }; /* D on true pictures, D on generated ones, G through D */

typedef struct gan_adversarial_def {
    const char *name, *help;
    /* The mean over n scores (logits), unweighted; diff (NULL: none) is set to weight * d loss / d score. */
    double (*eval)(const float *score, size_t n, enum gan_role role, float weight, float *diff);
} gan_adversarial_def;

extern const gan_loss_def gan_loss_l1, gan_loss_l2;

const gan_loss_def *const *gan_loss_all(void);
const gan_adversarial_def *const *gan_adversarial_all(void);
const gan_loss_def *gan_loss_find(const char *name);               /* NULL and a message that lists the names */
const gan_adversarial_def *gan_adversarial_find(const char *name); /* likewise */

#ifdef __cplusplus
}
#endif
#endif

/* Losses: plain arrays in, a number and a gradient out. Two tables: pixel losses compare a prediction with a target,
 * adversarial losses judge a discriminator's scores. */
#ifndef GAN_LOSS_H
#define GAN_LOSS_H

#include <stddef.h>
#include <stdint.h>

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

typedef struct gan_class_target { /* what classes pixels are of; borrowed */
    const int32_t *bin;           /* a pixel's classes, `shares` of them, the likeliest first */
    const float *share;           /* how much it is of each; they add up to 1 */
    int shares;
    const float *weight; /* of each class; NULL: 1 */
} gan_class_target;

/* Cross entropy of logits (n, classes, pixels) with target, weighted by each pixel's likeliest class: the mean over
 * pixels. diff (NULL: none) is set to its gradient. */
double gan_cross_entropy(const float *logits, size_t n, size_t classes, size_t pixels, const gan_class_target *target,
                         float *diff);

extern const gan_loss_def gan_loss_l1, gan_loss_l2;

const gan_loss_def *const *gan_loss_all(void);
const gan_adversarial_def *const *gan_adversarial_all(void);
const gan_loss_def *gan_loss_find(const char *name);               /* NULL and a message that lists the names */
const gan_adversarial_def *gan_adversarial_find(const char *name); /* likewise */

#ifdef __cplusplus
}
#endif
#endif

/* Perceptual loss (Johnson et al. 2016, arXiv:1603.08155): pictures are alike if a pretrained classifier sees them alike.
 *     gan_perceptual *p;
 *     if (gan_perceptual_new(&config, &p)) return -1;
 *     if (gan_perceptual_eval(p, x, fake, y, diff, &loss)) return -1;
 *     gan_perceptual_free(p);
 */
#ifndef GAN_TRAIN_PERCEPTUAL_H
#define GAN_TRAIN_PERCEPTUAL_H

#include "gan/config.h"

typedef struct gan_perceptual gan_perceptual;

/* For batches of the configuration. *out is NULL, and all the rest does nothing, if loss.perceptual is 0. The classifier's
 * weights are those of generator.features. Owned, gan_perceptual_free. */
int gan_perceptual_new(const gan_config *c, gan_perceptual **out);
void gan_perceptual_free(gan_perceptual *p);
size_t gan_perceptual_bytes(const gan_perceptual *p); /* of its plan */

/* The mean absolute difference of the features of (x, fake) and (x, y), L / 50 - 1 and ab / 110; x: planes of the
 * configuration's inputs, of which the first counts. loss.perceptual times its gradient is added to diff, of fake's
 * size. */
int gan_perceptual_eval(gan_perceptual *p, const float *x, const float *fake, const float *y, float *diff,
                        double *loss);

#endif

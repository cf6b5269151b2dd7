/* How differently a pretrained classifier sees two pictures: a metric that notices wrong or missing colours of things
 * where a pixel's error is small. It is not the published LPIPS, which weights several layers by people's judgements.
 *     gan_feature_distance *d = gan_feature_distance_new("squeezenet_v1.0.safetensors", 64, 64);
 *     double distance;
 *     if (gan_feature_distance_of(d, fake, photo, &distance)) return -1;
 */
#ifndef GAN_FEATURE_DISTANCE_H
#define GAN_FEATURE_DISTANCE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gan_feature_distance gan_feature_distance;

/* For pictures of w * h pixels, at least 16 each; weights as for gan_classifier_open. Owned, gan_feature_distance_free. */
gan_feature_distance *gan_feature_distance_new(const char *weights, int w, int h);
void gan_feature_distance_free(gan_feature_distance *d);

/* Between two pictures of 8-bit RGB: the features of SqueezeNet's fire4 (256 numbers for each 4 x 4 pixels) are brought to
 * length 1 at every place; the mean over places of their squared differences, 0 to 2. One thread at a time. */
int gan_feature_distance_of(gan_feature_distance *d, const uint8_t *a, const uint8_t *b, double *distance);

#ifdef __cplusplus
}
#endif
#endif

/* A pretrained classifier of photographs (SqueezeNet v1.0, ImageNet's 1000 classes): what `full`, `fusion`, the perceptual
 * loss and the perceptual metric look through.
 *     gan_classifier *c = gan_classifier_open("squeezenet_v1.0.safetensors", 0);
 *     float score[GAN_CLASSES];
 *     if (gan_classifier_run(c, &photo, score)) return -1;
 *     gan_classifier_softmax(score);
 */
#ifndef GAN_CLASSIFIER_H
#define GAN_CLASSIFIER_H

#include "gan/image.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { GAN_CLASSES = 1000 };

typedef struct gan_classifier gan_classifier;

/* weights: a safetensors file (docs/classifier.md); gray: see luminance only, as a colorizer's embedding does. Owned,
 * gan_classifier_free. */
gan_classifier *gan_classifier_open(const char *weights, int gray);
void gan_classifier_free(gan_classifier *c);

/* Scores of the picture's centre square, resized to 227x227: numbers from 0 up, one per class. */
int gan_classifier_run(gan_classifier *c, const gan_image *picture, float *score);

/* Scores become probabilities. */
void gan_classifier_softmax(float *score);

#ifdef __cplusplus
}
#endif
#endif

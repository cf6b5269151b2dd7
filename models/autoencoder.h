/* The autoencoders of Emil Wallner's article "How to colorize black & white photos with just 100 lines of neural network
 * code" (2017): rows of 3x3 convolutions with ReLU, and tanh at the end. A model is a table of rows.
 *     static const gan_autoencoder_row rows[] = { { 8, GAN_ROW_HALVES }, { 16, 0 }, { 16, GAN_ROW_DOUBLES }, { 0 } };
 */
#ifndef GAN_MODELS_AUTOENCODER_H
#define GAN_MODELS_AUTOENCODER_H

#include "models/models.h"

enum {
    GAN_ROW_HALVES = 1 << 0, /* the convolution has stride 2 */
    GAN_ROW_DOUBLES = 1 << 1 /* nearest upsampling follows it */
};

typedef struct gan_autoencoder_row { /* ended by 0 channels */
    int channels;                    /* with 64 filters, as in the article; others scale all rows */
    unsigned sides;
} gan_autoencoder_row;

/* Adds the rows; the first convolution is called "conv<first>". */
gan_id gan_autoencoder_rows(gan_graph *g, gan_id x, const gan_autoencoder_row *row, int first, const gan_model_opt *o);

/* The last convolution, to o->out channels, and tanh; then, with GAN_ROW_DOUBLES, upsampling. */
gan_id gan_autoencoder_last(gan_graph *g, gan_id x, unsigned sides, const gan_model_opt *o);

int gan_autoencoder_channels(int channels, const gan_model_opt *o); /* with o->filters */
int gan_autoencoder_multiple(const gan_model_opt *o);               /* 8: they halve three times */

/* The encoder that full and fusion share, up to 256 channels at an eighth of the sides, joined with what a pretrained
 * classifier says of the whole picture (models/embedding.h). */
gan_id gan_autoencoder_fused(gan_graph *g, gan_id x, const gan_model_opt *o);

#endif

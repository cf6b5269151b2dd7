/* The second network of the article, for many pictures. 3,892,194 parameters. */
#include "models/autoencoder.h"

static gan_id build(gan_graph *g, const gan_id *in, const gan_model_opt *o)
{
    static const gan_autoencoder_row rows[] = { { 64, 0 },
                                                { 64, GAN_ROW_HALVES },
                                                { 128, 0 },
                                                { 128, GAN_ROW_HALVES },
                                                { 256, 0 },
                                                { 256, GAN_ROW_HALVES },
                                                { 512, 0 },
                                                { 256, 0 },
                                                { 128, GAN_ROW_DOUBLES },
                                                { 64, GAN_ROW_DOUBLES },
                                                { 32, 0 },
                                                { 0 } };
    gan_id t = gan_autoencoder_rows(g, in[0], rows, 1, o);
    return gan_autoencoder_last(g, t, GAN_ROW_DOUBLES, o);
}

const gan_model_def gan_model_beta = { .name = "beta",
                                       .help = "autoencoder for many pictures",
                                       .kind = GAN_GENERATOR,
                                       .build = build,
                                       .multiple = gan_autoencoder_multiple };

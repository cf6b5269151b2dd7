/* The first network of the article, which it trains on a single picture. 32,202 parameters. */
#include "models/autoencoder.h"

static gan_id build(gan_graph *g, const gan_id *in, const gan_model_opt *o)
{
    static const gan_autoencoder_row rows[] = { { 8, GAN_ROW_HALVES },
                                                { 8, 0 },
                                                { 16, 0 },
                                                { 16, GAN_ROW_HALVES },
                                                { 32, 0 },
                                                { 32, GAN_ROW_HALVES | GAN_ROW_DOUBLES },
                                                { 32, GAN_ROW_DOUBLES },
                                                { 16, GAN_ROW_DOUBLES },
                                                { 0 } };
    gan_id t = gan_autoencoder_rows(g, in[0], rows, 1, o);
    return gan_autoencoder_last(g, t, 0, o);
}

const gan_model_def gan_model_alpha = { .name = "alpha",
                                        .help = "autoencoder for one picture",
                                        .kind = GAN_GENERATOR,
                                        .build = build,
                                        .multiple = gan_autoencoder_multiple };

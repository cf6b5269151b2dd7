/* Padding is Keras's "same", which the article has: with stride 2 and even sides a row of zeros below and a column at the
 * right, nothing above and left. ab is divided by 110 here as everywhere in gan; the article divides by 128. Weights begin
 * as He et al. have them, since no norm keeps the activations' size (the article's begin alike, by Glorot's rule). */
#include "models/autoencoder.h"

#include "models/embedding.h"

enum { USUAL_FILTERS = 64 };

int gan_autoencoder_channels(int channels, const gan_model_opt *o)
{
    return (channels * o->filters + USUAL_FILTERS - 1) / USUAL_FILTERS;
}

static gan_conv_opt conv3x3(int oc, unsigned sides, enum gan_param_init init)
{
    int halves = sides & GAN_ROW_HALVES ? 1 : 0;
    return (gan_conv_opt){
        .oc = oc, .k = 3, .stride = 1 + halves, .pad = !halves, .far = halves, .bias = 1, .init = (int)init
    };
}

gan_id gan_autoencoder_rows(gan_graph *g, gan_id x, const gan_autoencoder_row *row, int first, const gan_model_opt *o)
{
    for (int i = first; row->channels; i++, row++) {
        const char *at = gan_model_name("conv", i);
        int oc = gan_autoencoder_channels(row->channels, o);
        x = gan_relu(g, at, gan_conv(g, at, x, conv3x3(oc, row->sides, GAN_INIT_HE)));
        if (row->sides & GAN_ROW_DOUBLES) x = gan_upsample(g, at, x, 2);
    }
    return x;
}

gan_id gan_autoencoder_last(gan_graph *g, gan_id x, unsigned sides, const gan_model_opt *o)
{
    x = gan_tanh(g, "last", gan_conv(g, "last", x, conv3x3(o->out, sides, GAN_INIT_NORMAL)));
    return sides & GAN_ROW_DOUBLES ? gan_upsample(g, "last", x, 2) : x;
}

int gan_autoencoder_multiple(const gan_model_opt *o)
{
    (void)o;
    return 8;
}

gan_id gan_autoencoder_fused(gan_graph *g, gan_id x, const gan_model_opt *o)
{
    static const gan_autoencoder_row encoder[] = { { 64, GAN_ROW_HALVES },
                                                   { 128, 0 },
                                                   { 128, GAN_ROW_HALVES },
                                                   { 256, 0 },
                                                   { 256, GAN_ROW_HALVES },
                                                   { 512, 0 },
                                                   { 512, 0 },
                                                   { 256, 0 },
                                                   { 0 } };
    gan_id t = gan_autoencoder_rows(g, x, encoder, 1, o);
    return gan_embedding_fuse(g, t, x, gan_autoencoder_channels(256, o), o);
}

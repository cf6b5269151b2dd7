/* Deep Koalarization (Baldassarre et al. 2017, arXiv:1712.03400): the encoder and fusion of `full` with a decoder of its
 * own. */
#include "models/autoencoder.h"
#include "models/embedding.h"

static gan_id build(gan_graph *g, const gan_id *in, const gan_model_opt *o)
{
    static const gan_autoencoder_row decoder[] = {
        { 128, GAN_ROW_DOUBLES }, { 64, 0 }, { 64, GAN_ROW_DOUBLES }, { 32, 0 }, { 0 }
    };
    gan_id t = gan_autoencoder_rows(g, gan_autoencoder_fused(g, in[0], o), decoder, 9, o);
    return gan_autoencoder_last(g, t, GAN_ROW_DOUBLES, o);
}

const gan_model_def gan_model_fusion = { .name = "fusion",
                                         .help = "full with the decoder of Koalarization",
                                         .kind = GAN_GENERATOR,
                                         .build = build,
                                         .multiple = gan_embedding_multiple };

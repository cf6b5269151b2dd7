/* The third network of the article: beta with a deeper encoder, which sees what a pretrained classifier says of the whole
 * picture. 6,541,202 parameters beside the classifier's. */
#include "models/autoencoder.h"
#include "models/embedding.h"

static gan_id build(gan_graph *g, const gan_id *in, const gan_model_opt *o)
{
    static const gan_autoencoder_row decoder[] = {
        { 128, GAN_ROW_DOUBLES }, { 64, GAN_ROW_DOUBLES }, { 32, 0 }, { 16, 0 }, { 0 }
    };
    gan_id t = gan_autoencoder_rows(g, gan_autoencoder_fused(g, in[0], o), decoder, 9, o);
    return gan_autoencoder_last(g, t, GAN_ROW_DOUBLES, o);
}

const gan_model_def gan_model_full = { .name = "full",
                                       .help = "autoencoder with a classifier's view",
                                       .kind = GAN_GENERATOR,
                                       .build = build,
                                       .multiple = gan_embedding_multiple };

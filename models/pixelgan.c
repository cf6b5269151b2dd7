/* PixelGAN discriminator (Isola et al. 2017, section 6.1.2): three 1x1 convolutions that judge each pixel alone. */
#include "models/models.h"

static gan_id build(gan_graph *g, const gan_id *in, const gan_model_opt *o)
{
    gan_id t = gan_model_pair(g, in, o);
    t = gan_lrelu(g, "d0", gan_conv(g, "d0", t, (gan_conv_opt){ .oc = o->filters, .k = 1, .stride = 1, .bias = 1 }),
                  0.2f);
    t = gan_conv(g, "d1", t, (gan_conv_opt){ .oc = 2 * o->filters, .k = 1, .stride = 1, .bias = gan_model_bias(o) });
    t = gan_lrelu(g, "d1", gan_model_norm(g, "d1", t, o), 0.2f);
    int bias = gan_model_bias(o);
    return gan_conv(g, "logits", t, (gan_conv_opt){ .oc = 1, .k = 1, .stride = 1, .bias = bias });
}

const gan_model_def gan_model_pixelgan = {
    .name = "pixelgan", .help = "judges each pixel alone", .kind = GAN_DISCRIMINATOR, .build = build
};

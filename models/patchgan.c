/* PatchGAN discriminator (Isola et al. 2017, section 3.2.2): judges overlapping patches. `layers` strided 4x4
 * convolutions, one more without stride, then one logit per patch; the receptive field is 16, 34, 70, 142, 286 pixels
 * for 1 to 5 layers. */
#include "models/models.h"

static gan_id build(gan_graph *g, const gan_id *in, const gan_model_opt *o)
{
    gan_id t = gan_model_pair(g, in, o);
    for (int i = 0; i <= o->layers; i++) {
        const char *at = gan_model_name("d", i);
        int oc = o->filters * (i < 3 ? 1 << i : 8), bias = i == 0 || gan_model_bias(o);
        t = gan_conv(g, at, t,
                     (gan_conv_opt){ .oc = oc, .k = 4, .stride = i < o->layers ? 2 : 1, .pad = 1, .bias = bias });
        if (i > 0) t = gan_model_norm(g, at, t, o);
        t = gan_lrelu(g, at, t, 0.2f);
    }
    return gan_conv(g, "logits", t, (gan_conv_opt){ .oc = 1, .k = 4, .stride = 1, .pad = 1, .bias = 1 });
}

/* Strided layers halve the side; the two behind them take a pixel each, and one is left. */
static int least(const gan_model_opt *o)
{
    return 3 << o->layers;
}

const gan_model_def gan_model_patchgan = { .name = "patchgan",
                                           .help = "judges overlapping patches",
                                           .kind = GAN_DISCRIMINATOR,
                                           .build = build,
                                           .least = least,
                                           .sized_by = "discriminator.layers" };

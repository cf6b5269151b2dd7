/* The network of Zhang, Isola and Efros 2016, arXiv:1603.08511, table 4: eight blocks of 3x3 convolutions in the manner of
 * VGG, the fifth and sixth dilated, which tell for every fourth pixel in both directions how likely each of o->out
 * classes of colour is (logits). 64 filters are the paper's. */
#include "models/models.h"

static const struct block {
    int convs, width; /* width: times the filters */
    int dilation;
    int halves; /* its last convolution has stride 2 */
} blocks[] = { { 2, 1, 1, 1 }, { 2, 2, 1, 1 }, { 3, 4, 1, 1 }, { 3, 8, 1, 0 },
               { 3, 8, 2, 0 }, { 3, 8, 2, 0 }, { 3, 8, 1, 0 } };
enum { BLOCKS = sizeof blocks / sizeof *blocks };

static gan_id conv_relu(gan_graph *g, int block, int i, gan_id x, gan_conv_opt o)
{
    const char *at = gan_model_name(gan_model_name("conv", block), i);
    o.k = 3;
    o.bias = 1;
    o.init = GAN_INIT_HE;
    o.pad = o.dilation;
    return gan_relu(g, at, gan_conv(g, at, x, o));
}

/* Block 8 doubles the sides. */
static gan_id last_block(gan_graph *g, gan_id t, const gan_model_opt *o)
{
    int oc = 4 * o->filters;
    gan_conv_opt up = { .oc = oc, .k = 4, .stride = 2, .pad = 1, .bias = 1, .init = GAN_INIT_HE };
    t = gan_relu(g, "conv81", gan_deconv(g, "conv81", t, up));
    for (int i = 2; i <= 3; i++) t = conv_relu(g, 8, i, t, (gan_conv_opt){ .oc = oc, .stride = 1, .dilation = 1 });
    return gan_conv(g, "classes", t, (gan_conv_opt){ .oc = o->out, .k = 1, .stride = 1, .bias = 1 });
}

static gan_id build(gan_graph *g, const gan_id *in, const gan_model_opt *o)
{
    gan_id t = in[0];
    for (int b = 0; b < BLOCKS; b++) {
        const struct block *at = &blocks[b];
        for (int i = 1; i <= at->convs; i++) {
            int stride = at->halves && i == at->convs ? 2 : 1;
            gan_conv_opt c = { .oc = o->filters * at->width, .stride = stride, .dilation = at->dilation };
            t = conv_relu(g, b + 1, i, t, c);
        }
        t = gan_model_norm(g, gan_model_name("norm", b + 1), t, o);
    }
    return last_block(g, t, o);
}

static int multiple(const gan_model_opt *o)
{
    (void)o;
    return 8;
}

const gan_model_def gan_model_zhang = { .name = "zhang",
                                        .help = "classes of colour at a quarter of the sides, by dilated convolutions",
                                        .kind = GAN_GENERATOR,
                                        .build = build,
                                        .multiple = multiple,
                                        .classifies = 4 };

/* U-Net generator (Isola et al. 2017, arXiv:1611.07004, section 6.1.1): `levels` strided convolutions down, as many
 * deconvolutions up, each level joined with its mirror image. Kernels 4x4, stride 2. Encoder level i (from 1) has
 * filters * min(2^(i-1), 8) channels. With decoder = nearest, nearest upsampling and a 3x3 convolution stand where the
 * paper has deconvolutions. Dropout after the levels - 5 decoder blocks that follow the innermost one.
 *
 * The paper applies LeakyReLU on the way down and ReLU after the join to the same tensor. ReLU(LeakyReLU(t)) is
 * ReLU(t), and ReLU of a join is the join of ReLUs, so here each tensor is activated once where it is made, and what is
 * joined is already rectified: the same function, with nothing kept twice. */
#include "models/models.h"

enum { MAX_LEVELS = 12 };
static const float LEAK = 0.2f;

static int channels(const gan_model_opt *o, int level)
{
    return o->filters * (level < 4 ? 1 << (level - 1) : 8);
}

static gan_conv_opt halve(int oc, int bias)
{
    return (gan_conv_opt){ .oc = oc, .k = 4, .stride = 2, .pad = 1, .bias = bias };
}

/* Level i down: convolution, norm (neither first nor innermost), LeakyReLU; the innermost ends in the decoder's ReLU. */
static gan_id down(gan_graph *g, gan_id x, int i, const gan_model_opt *o)
{
    const char *at = gan_model_name("enc", i);
    int innermost = i == o->levels;
    gan_id t = gan_conv(g, at, x, halve(channels(o, i), gan_model_bias(o)));
    if (i > 1 && !innermost) t = gan_model_norm(g, at, t, o);
    return innermost ? gan_relu(g, at, t) : gan_lrelu(g, at, t, LEAK);
}

/* A layer that doubles the sides. A deconvolution whose taps do not meet every pixel alike draws checkerboards until it
 * has unlearnt them; upsampling before a convolution cannot (Odena et al. 2016, doi:10.23915/distill.00003). */
static gan_id twice(gan_graph *g, const char *at, gan_id t, int oc, int bias, const gan_model_opt *o)
{
    if (o->decoder == GAN_DECODER_DECONV) return gan_deconv(g, at, t, halve(oc, bias));
    return gan_conv(g, at, gan_upsample(g, at, t, 2),
                    (gan_conv_opt){ .oc = oc, .k = 3, .stride = 1, .pad = 1, .bias = bias });
}

/* Decoder block that ends at encoder level i: deconvolution, norm, dropout, ReLU, joined with that level. */
static gan_id up(gan_graph *g, gan_id t, gan_id skip, int i, const gan_model_opt *o)
{
    int block = o->levels - i; /* 1 is the innermost */
    const char *at = gan_model_name("dec", block);
    t = twice(g, at, t, channels(o, i), gan_model_bias(o), o);
    t = gan_model_norm(g, at, t, o);
    if (block > 1 && block <= o->levels - 4 && o->dropout > 0) t = gan_dropout(g, at, t, o->dropout);
    return gan_concat(g, gan_model_name("join", i), skip, gan_relu(g, at, t));
}

static gan_id build(gan_graph *g, const gan_id *in, const gan_model_opt *o)
{
    gan_id skip[MAX_LEVELS + 1], t = in[0];
    if (o->levels < 2 || o->levels > MAX_LEVELS)
        return gan_error("unet: levels %d is not within 2 and %d", o->levels, MAX_LEVELS);
    for (int i = 1; i <= o->levels; i++) {
        t = down(g, t, i, o);
        if (i < o->levels) skip[i] = gan_relu(g, gan_model_name("skip", i), t);
    }
    for (int i = o->levels - 1; i >= 1; i--) t = up(g, t, skip[i], i, o);
    const char *last = gan_model_name("dec", o->levels);
    return gan_tanh(g, last, twice(g, last, t, o->out, 1, o));
}

static int multiple(const gan_model_opt *o)
{
    return 1 << o->levels;
}

const gan_model_def gan_model_unet = { .name = "unet",
                                       .help = "U-Net of pix2pix: skips between levels of one size",
                                       .kind = GAN_GENERATOR,
                                       .build = build,
                                       .multiple = multiple,
                                       .sized_by = "generator.levels" };

/* ResNet generator (Johnson et al. 2016; Zhu et al. 2017, arXiv:1703.10593, section 7.2): a 7x7 convolution, two strided
 * ones, `blocks` residual blocks, two deconvolutions, a 7x7 convolution; reflection padding where nothing is strided. */
#include "models/models.h"

static gan_id conv_norm_relu(gan_graph *g, const char *at, gan_id t, gan_conv_opt c, const gan_model_opt *o)
{
    t = gan_conv(g, at, t, c);
    return gan_relu(g, at, gan_model_norm(g, at, t, o));
}

static gan_id residual(gan_graph *g, gan_id x, int i, const gan_model_opt *o)
{
    gan_conv_opt c = { .oc = 4 * o->filters, .k = 3, .stride = 1, .bias = gan_model_bias(o) };
    const char *a = gan_model_name("res_a", i), *b = gan_model_name("res_b", i);
    gan_id t = conv_norm_relu(g, a, gan_reflectpad(g, a, x, 1), c, o);
    if (o->dropout > 0) t = gan_dropout(g, a, t, o->dropout);
    t = gan_conv(g, b, gan_reflectpad(g, b, t, 1), c);
    return gan_add(g, b, x, gan_model_norm(g, b, t, o));
}

static gan_id build(gan_graph *g, const gan_id *in, const gan_model_opt *o)
{
    int bias = gan_model_bias(o);
    gan_conv_opt first = { .oc = o->filters, .k = 7, .stride = 1, .bias = bias };
    gan_id t = conv_norm_relu(g, "first", gan_reflectpad(g, "first", in[0], 3), first, o);
    for (int i = 1; i <= 2; i++) {
        gan_conv_opt down = { .oc = o->filters << i, .k = 3, .stride = 2, .pad = 1, .bias = bias };
        t = conv_norm_relu(g, gan_model_name("down", i), t, down, o);
    }
    for (int i = 1; i <= o->blocks; i++) t = residual(g, t, i, o);
    for (int i = 1; i <= 2; i++) {
        const char *at = gan_model_name("up", i);
        gan_conv_opt c = { .oc = o->filters << (2 - i), .k = 3, .stride = 2, .pad = 1, .out_pad = 1, .bias = bias };
        t = gan_deconv(g, at, t, c);
        t = gan_relu(g, at, gan_model_norm(g, at, t, o));
    }
    t = gan_conv(g, "last", gan_reflectpad(g, "last", t, 3),
                 (gan_conv_opt){ .oc = o->out, .k = 7, .stride = 1, .bias = 1 });
    return gan_tanh(g, "last", t);
}

static int multiple(const gan_model_opt *o)
{
    (void)o;
    return 4;
}

const gan_model_def gan_model_resnet = { .name = "resnet",
                                         .help = "residual blocks at a quarter of the size",
                                         .kind = GAN_GENERATOR,
                                         .build = build,
                                         .multiple = multiple };

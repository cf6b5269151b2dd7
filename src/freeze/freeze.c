/* The old graph is walked once; each layer is copied, dropped or rewritten, by a table. Values follow afterwards, when
 * the new graph is complete. */
#include "gan/freeze.h"

#include <stdio.h>
#include <string.h>

#include "freeze/freezer.h"
#include "gan/mem.h"
#include "layers/colour.h"
#include "layers/layers.h"

gan_id gan_freezer_note(struct gan_freezer *f, gan_id made, struct gan_origin origin)
{
    if (made >= 0) {
        struct gan_origin *more = gan_mem_resize(f->origin, (size_t)made + 1, sizeof *more);
        if (more) {
            for (int i = f->origins; i < made; i++) more[i] = (struct gan_origin){ -1, -1 };
            more[made] = origin;
            f->origin = more;
            f->origins = made + 1;
            return made;
        }
    }
    return -1;
}

/* Sources in the new graph. */
static void sources_of(const struct gan_freezer *f, const gan_node *nd, gan_id *src)
{
    for (int i = 0; i < nd->nsrc; i++) src[i] = f->map[nd->src[i]];
}

static gan_id copy(struct gan_freezer *f, gan_id i, const gan_node *nd)
{
    gan_id src[GAN_MAX_SRC];
    sources_of(f, nd, src);
    gan_id made = gan_graph_add(f->to, nd->def, nd->name, nd->nsrc, src, nd->opt, nd->opt_bytes);
    return gan_freezer_note(f, made, (struct gan_origin){ i, -1 });
}

static gan_id drop(struct gan_freezer *f, gan_id i, const gan_node *nd)
{
    (void)i;
    f->out->dropped++;
    return f->map[nd->src[0]];
}

/* The batch norm that is the only reader of node i; -1: none. */
static gan_id norm_after(const struct gan_freezer *f, gan_id i)
{
    if (f->o->norm != GAN_FREEZE_RUNNING || f->readers[i] != 1) return -1;
    for (gan_id k = i + 1; k < gan_graph_nodes(f->g); k++) {
        const gan_node *nd = gan_graph_node(f->g, k);
        if (nd->def == &gan_layer_batchnorm && nd->src[0] == i) return k;
    }
    return -1;
}

/* A convolution or deconvolution, and the batch norm after it. */
static gan_id convolution(struct gan_freezer *f, gan_id i, const gan_node *nd)
{
    gan_id norm = norm_after(f, i), src = f->map[nd->src[0]];
    gan_conv_opt o = *(const gan_conv_opt *)nd->opt;
    if (norm < 0) return copy(f, i, nd);
    o.bias = 1;
    gan_id made = gan_graph_add(f->to, nd->def, nd->name, 1, &src, &o, sizeof o);
    f->out->folded++;
    f->map[norm] = made;
    return gan_freezer_note(f, made, (struct gan_origin){ i, norm });
}

static gan_id batch_norm(struct gan_freezer *f, gan_id i, const gan_node *nd)
{
    f->out->kept++;
    if (f->o->norm == GAN_FREEZE_RUNNING) return copy(f, i, nd);
    gan_id made = gan_instancenorm_affine(f->to, nd->name, f->map[nd->src[0]], gan_norm_eps(nd));
    return gan_freezer_note(f, made, (struct gan_origin){ i, -1 });
}

static gan_id instance_norm(struct gan_freezer *f, gan_id i, const gan_node *nd)
{
    f->out->kept++;
    return copy(f, i, nd);
}

typedef gan_id rewrite_fn(struct gan_freezer *f, gan_id i, const gan_node *nd);

static const struct rewrite {
    const gan_layer_def *def;
    rewrite_fn *rewrite; /* returns the new node that has the value of node i */
} rewrites[] = {
    { &gan_layer_conv, convolution },     { &gan_layer_deconv, convolution },
    { &gan_layer_batchnorm, batch_norm }, { &gan_layer_instancenorm, instance_norm },
    { &gan_layer_dropout, drop },
};

static rewrite_fn *rewrite_of(const gan_layer_def *def)
{
    for (size_t i = 0; i < sizeof rewrites / sizeof *rewrites; i++)
        if (rewrites[i].def == def) return rewrites[i].rewrite;
    return copy;
}

/* The generator itself, from its input x to its output. */
static gan_id network(struct gan_freezer *f, gan_id x)
{
    for (gan_id i = 0; i < gan_graph_nodes(f->g); i++) {
        const gan_node *nd = gan_graph_node(f->g, i);
        if (f->map[i] < 0) f->map[i] = nd->def ? rewrite_of(nd->def)(f, i, nd) : x;
        if (f->map[i] < 0) return -1;
    }
    return f->map[gan_graph_output_at(f->g, 0)];
}

static int smaller(int a, int b)
{
    return a < b ? a : b;
}

/* Mirrors what is there at its lower and right end until it has the size; each time it can nearly double. */
static gan_id pad_to(struct gan_freezer *f, gan_id x, int h, int w)
{
    for (int i = 1; x >= 0; i++) {
        gan_shape s = gan_graph_node(f->to, x)->dst;
        char name[GAN_NAME_BYTES / 2];
        if (s.h == h && s.w == w) break;
        if (s.h == 1 || s.w == 1) return gan_error("a side of 1 cannot be mirrored");
        snprintf(name, sizeof name, "pad%d", i);
        x = gan_reflectpad_far(f->to, name, x, smaller(h - s.h, s.h - 1), smaller(w - s.w, s.w - 1));
    }
    return x;
}

static int up_to_multiple(int side, int multiple)
{
    return (side + multiple - 1) / multiple * multiple;
}

/* The network with what makes one size of it. */
static gan_id framed(struct gan_freezer *f, gan_id x)
{
    const gan_freeze_opt *o = f->o;
    if (!o->h) return network(f, x);
    int h = up_to_multiple(o->h, o->multiple), w = up_to_multiple(o->w, o->multiple);
    gan_id y = network(f, pad_to(f, x, h, w));
    return h == o->h && w == o->w ? y : gan_crop(f->to, "cut", y, o->h, o->w);
}

static int build(struct gan_freezer *f)
{
    gan_shape s = gan_graph_node(f->g, gan_graph_input_at(f->g, 0))->dst;
    if (f->o->h) s = (gan_shape){ 1, s.c, f->o->h, f->o->w };
    s.c = f->o->io == GAN_IO_RGB ? 3 : s.c;
    gan_id x = gan_graph_input(f->to, "x", s);
    if (f->o->io != GAN_IO_RGB) return gan_graph_output(f->to, "y", framed(f, x));
    const gan_colour c = { f->to, "" };
    gan_id fy = gan_colour_luminance(&c, x), y = framed(f, gan_colour_lightness(&c, fy));
    return gan_graph_output(f->to, "y", gan_colour_rgb(&c, fy, y));
}

static int check(const gan_graph *g, const gan_freeze_opt *o)
{
    if (gan_graph_inputs(g) != 1 || !gan_graph_outputs(g))
        return gan_error("%s: only networks of one input, and of an output, can be frozen", gan_graph_name(g));
    int in = gan_graph_node(g, gan_graph_input_at(g, 0))->dst.c,
        out = gan_graph_node(g, gan_graph_output_at(g, 0))->dst.c;
    if (o->io == GAN_IO_RGB && (in != 1 || out != 2))
        return gan_error("%s: %d channels in and %d out are no L and ab", gan_graph_name(g), in, out);
    if (o->h < 0 || o->w < 0 || o->h > GAN_IMAGE_MAX_SIDE || o->w > GAN_IMAGE_MAX_SIDE || !o->h != !o->w ||
        (o->h && o->multiple < 1))
        return gan_error("%dx%d is no size", o->w, o->h);
    return 0;
}

static int freezer_init(struct gan_freezer *f)
{
    int nodes = gan_graph_nodes(f->g);
    f->to = gan_graph_new(gan_graph_name(f->g));
    f->map = gan_mem_alloc((size_t)nodes, sizeof *f->map);
    f->readers = gan_mem_alloc((size_t)nodes, sizeof *f->readers);
    if (!f->to || !f->map || !f->readers) return -1;
    for (gan_id i = 0; i < nodes; i++) {
        const gan_node *nd = gan_graph_node(f->g, i);
        f->map[i] = -1;
        for (int k = 0; k < nd->nsrc; k++) f->readers[nd->src[k]]++;
    }
    f->readers[gan_graph_output_at(f->g, 0)]++;
    return 0;
}

static void freezer_release(struct gan_freezer *f)
{
    gan_mem_free(f->origin);
    gan_mem_free(f->map);
    gan_mem_free(f->readers);
}

int gan_freeze(const gan_graph *g, gan_params *w, const gan_freeze_opt *o, gan_frozen *out)
{
    struct gan_freezer f = { .g = g, .w = w, .o = o, .out = out };
    *out = (gan_frozen){ 0 };
    int result = check(g, o) || freezer_init(&f) || build(&f) ? -1 : 0;
    out->graph = f.to;
    if (!result) out->params = gan_params_new(f.to, 0);
    if (!result) result = out->params ? gan_freezer_fill(&f) : -1;
    freezer_release(&f);
    if (result) gan_frozen_release(out);
    return result;
}

void gan_frozen_release(gan_frozen *f)
{
    gan_params_free(f->params);
    gan_graph_free(f->graph);
    *f = (gan_frozen){ 0 };
}

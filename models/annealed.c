/* From classes of colour to colours: the annealed mean (Zhang, Isola, Efros 2016, arXiv:1603.08511, section 2.3). */
#include "gan/colour.h"
#include "gan/mem.h"
#include "models/models.h"

/* Weights of a 1x1 convolution from shares to their mean colour, ab / 110: (2, bins). Owned, gan_mem_free. */
static float *centres(const gan_bins *b)
{
    size_t n = (size_t)b->count;
    float *w = gan_mem_alloc(n, 2 * sizeof *w);
    for (size_t i = 0; w && i < n; i++) {
        w[i] = b->centre[i][0] / GAN_AB_RANGE;
        w[n + i] = b->centre[i][1] / GAN_AB_RANGE;
    }
    return w;
}

gan_id gan_model_annealed_mean(gan_graph *g, gan_id logits, const gan_bins *b, float temperature)
{
    float *w = centres(b);
    if (!w) return -1;
    gan_id shares = gan_softmax(g, "shares", gan_scale(g, "shares", logits, 1 / temperature));
    gan_id mean = gan_conv_given(g, "mean", shares, (gan_conv_opt){ .oc = 2, .k = 1, .stride = 1 }, w);
    gan_mem_free(w);
    return mean;
}

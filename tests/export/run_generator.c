/* A checkpoint's generator as training leaves it, nothing folded: what exported files are compared with.
 *     run_generator                                                prints the names of all generators of pictures
 *     run_generator CHECKPOINT running|instance N H W <x >y
 * Floats of the machine, NCHW: x is N * 1 * H * W, y is N * 2 * H * W. instance: each picture alone, batch norm by its own
 * statistics. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gan/checkpoint.h"
#include "gan/mem.h"
#include "gan/model.h"
#include "gan/plan.h"

struct run {
    gan_config config;
    gan_graph *g;
    gan_params *w;
    gan_plan *plan;
    int n, h, wide;
    float *x;
};

static int list(void)
{
    for (int i = 0; gan_model_all()[i]; i++)
        if (gan_model_all()[i]->kind == GAN_GENERATOR) puts(gan_model_all()[i]->name);
    return 0;
}

static int init(struct run *r, char **argv)
{
    int instance = !strcmp(argv[2], "instance");
    r->n = atoi(argv[3]);
    r->h = atoi(argv[4]);
    r->wide = atoi(argv[5]);
    if (gan_checkpoint_generator(argv[1], &r->config, &r->g, &r->w)) return -1;
    gan_plan_opt o = { .batch = 1, .h = r->h, .w = r->wide, .flags = instance ? GAN_BATCH_STATS : 0 };
    r->plan = gan_plan_new(r->g, r->w, &o);
    r->x = gan_mem_alloc((size_t)r->h * (size_t)r->wide, sizeof *r->x);
    return r->plan && r->x ? gan_plan_bind(r->plan, NULL, 0) : -1;
}

static int run(struct run *r)
{
    size_t pixels = (size_t)r->h * (size_t)r->wide;
    for (int i = 0; i < r->n; i++) {
        if (fread(r->x, sizeof *r->x, pixels, stdin) != pixels) return gan_error("the input ends early");
        gan_plan_put(r->plan, gan_graph_input_at(r->g, 0), 0, 1, r->x);
        if (gan_plan_run(r->plan, GAN_FWD, (gan_step_key){ 0 })) return -1;
        fwrite(gan_plan_dst(r->plan, gan_graph_output_at(r->g, 0)), sizeof(float), 2 * pixels, stdout);
    }
    return fflush(stdout) ? gan_error("cannot write") : 0;
}

int main(int argc, char **argv)
{
    static struct run r;
    if (argc == 1) return list();
    if (argc != 6) return 2;
    int failed = init(&r, argv) || run(&r);
    if (failed) fprintf(stderr, "run_generator: %s\n", gan_error_message());
    gan_plan_free(r.plan);
    gan_params_free(r.w);
    gan_graph_free(r.g);
    gan_mem_free(r.x);
    return failed;
}

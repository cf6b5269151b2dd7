/* gan train: the main job. */
#define _POSIX_C_SOURCE 200809L
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/ranks.h"
#include "gan/import.h"
#include "gan/log.h"
#include "gan/mem.h"
#include "gan/parallel.h"
#include "gan/recipes.h"
#include "gan/train.h"

struct options {
    gan_texts set;
    const char *out, *init;
    int resume, retune, quiet, help_config;
    int64_t steps;
    double minutes;
};

static const gan_flag flags[] = {
    { "set", 0, GAN_FLAG_TEXTS, offsetof(struct options, set), "SECTION.KEY=VALUE", .help = "override the file" },
    { "out", 'o', GAN_FLAG_TEXT, offsetof(struct options, out), "DIR",
      .help = "where the run lives (default: checkpoints/NAME)" },
    { "init", 0, GAN_FLAG_TEXT, offsetof(struct options, init), "FILE",
      .help = "begin with the weights of a checkpoint, .pth, .onnx or .safetensors file" },
    { "resume", 0, GAN_FLAG_SWITCH, offsetof(struct options, resume), NULL, .help = "go on where the run stopped" },
    { "retune", 0, GAN_FLAG_SWITCH, offsetof(struct options, retune), NULL,
      .help = "with --resume: time kernels anew instead of taking those of the checkpoint; bits differ" },
    { "steps", 0, GAN_FLAG_NUMBER, offsetof(struct options, steps), "N", 1, 1e15,
      .help = "stop after this step, counted from the run's beginning, and save" },
    { "minutes", 0, GAN_FLAG_REAL, offsetof(struct options, minutes), "M", 0.001, 1e6,
      .help = "stop after so many minutes in steps of this call, validate and save" },
    { "quiet", 'q', GAN_FLAG_SWITCH, offsetof(struct options, quiet), NULL, .help = "no progress, no table of epochs" },
    { "help-config", 0, GAN_FLAG_SWITCH, offsetof(struct options, help_config), NULL,
      .help = "list every key of a configuration" },
    { 0 },
};

static const gan_syntax syntax = { "train",
                                   "CONFIG",
                                   "Trains a colorizer as an INI file says. The run's folder holds its checkpoints, "
                                   "tables and sample sheets.",
                                   flags,
                                   .least = 0,
                                   .most = 1,
                                   .computes = 1 };

static volatile int interrupted;

/* The first signal asks for the end of the step and a checkpoint, the second does not wait. */
static void on_signal(int number)
{
    (void)number;
    if (interrupted) _exit(GAN_EXIT_INTERRUPTED);
    interrupted = 1;
}

static void catch_signals(void)
{
    struct sigaction act = { .sa_handler = on_signal };
    sigemptyset(&act.sa_mask);
    sigaction(SIGINT, &act, NULL);
    sigaction(SIGTERM, &act, NULL);
}

struct show { /* what the run's events are shown on */
    gan_bar bar;
    int quiet;
    gan_dist *dist;
};

static void figures(const gan_train_event *e, char *text, size_t bytes)
{
    size_t used = (size_t)snprintf(text, bytes, "%.4g images/s", e->images_per_s);
    for (int i = 0; e->loss && e->recipe->def->losses[i] && used < bytes; i++)
        used += (size_t)snprintf(text + used, bytes - used, "  %s %.4f", e->recipe->def->losses[i], e->loss[i]);
    if (used < bytes) snprintf(text + used, bytes - used, "  lr %.3g", e->lr);
}

static void show_step(struct show *s, const gan_train_event *e)
{
    char task[64], text[384];
    snprintf(task, sizeof task, "epoch %" PRIu64 "/%" PRIu64, e->epoch, e->epochs);
    figures(e, text, sizeof text);
    gan_bar_show(&s->bar, &(gan_progress){ task, text, e->step, e->steps });
}

static void show_epoch(struct show *s, const gan_train_event *e)
{
    const gan_scores *f = e->scores;
    gan_bar_clear(&s->bar);
    printf("epoch %3" PRIu64
           "  psnr %.2f dB (gray %.2f)  ssim %.4f  colourfulness %.1f (true %.1f)  l1 %.4f (gray %.4f)%s\n",
           e->epoch, f->mean.psnr, f->gray.psnr, f->mean.ssim, f->mean.colourfulness, f->truth.colourfulness,
           f->mean.l1, f->gray.l1, e->best ? "  best" : "");
    fflush(stdout);
}

static void show_start(struct show *s, const gan_train_event *e)
{
    (void)s;
    int ranks = gan_dist_size(e->recipe->dist);
    if (ranks > 1)
        fprintf(stderr, "%d ranks (%s), each with %d of %d pictures a step; here on %d threads\n", ranks,
                gan_dist_name(e->recipe->dist), (int)e->recipe->config.train.batch,
                (int)e->recipe->config.train.batch * ranks, gan_parallel_threads());
    for (int i = 0; i < e->recipe->nets; i++)
        fprintf(stderr, "%s: %zu parameters\n", e->recipe->net[i].name, gan_graph_param_count(e->recipe->net[i].graph));
    fprintf(stderr, "%" PRIu64 " steps in %" PRIu64 " epochs, from step %" PRIu64 "\n", e->steps, e->epochs, e->step);
}

static void show_stage(struct show *s, const gan_train_event *e)
{
    gan_bar_clear(&s->bar);
    fprintf(stderr, "%s\n", e->text);
}

static void show_end(struct show *s, const gan_train_event *e)
{
    gan_bar_finish(&s->bar);
    double share = e->seconds > 0 ? 100 * e->wait_s / e->seconds : 0;
    fprintf(stderr, "step %" PRIu64 " of %" PRIu64 ": %.1f s in steps, %.2f %% of them waiting for pictures\n", e->step,
            e->steps, e->seconds, share);
}

static void show(void *ctx, const gan_train_event *e)
{
    struct show *s = ctx;
    if (e->what == GAN_EVENT_NOTE) gan_log(GAN_LOG_WARN, "%s", e->text);
    if (s->quiet) return;
    switch (e->what) {
    case GAN_EVENT_START: show_start(s, e); break;
    case GAN_EVENT_STAGE: show_stage(s, e); break;
    case GAN_EVENT_STEP: show_step(s, e); break;
    case GAN_EVENT_EPOCH: show_epoch(s, e); break;
    case GAN_EVENT_END: show_end(s, e); break;
    case GAN_EVENT_VALIDATING:
    case GAN_EVENT_NOTE: break;
    }
}

static void fail(void *ctx)
{
    struct show *s = ctx;
    gan_bar_clear(&s->bar);
    gan_ranks_end(s->dist);
}

static int begin_with(void *file, gan_recipe *r)
{
    return gan_import_into(file, r);
}

/* 0, -1 after a failure, or GAN_EXIT_INTERRUPTED. */
static int run(const struct options *o, const gan_config *c, const char *folder, gan_dist *d)
{
    struct show s = { .quiet = o->quiet, .dist = d };
    gan_train_opt opt = { .config = c,
                          .recipe = gan_recipe_find(c->train.recipe),
                          .dist = d,
                          .folder = folder,
                          .resume = o->resume,
                          .retune = o->retune,
                          .init = o->init ? begin_with : NULL,
                          .init_ctx = (void *)o->init,
                          .stop_after = (uint64_t)o->steps,
                          .seconds = o->minutes * 60,
                          .stop = &interrupted,
                          .tell = show,
                          .fail = fail,
                          .ctx = &s };
    gan_bar_init(&s.bar, stderr);
    gan_messages_over(&s.bar);
    catch_signals();
    enum gan_train_end end = gan_train(&opt);
    gan_messages_over(NULL);
    if (end == GAN_TRAIN_FAILED) return -1;
    if (end == GAN_TRAIN_STOPPED && !gan_dist_rank(d))
        fprintf(stderr, "gan: interrupted; saved in '%s'; go on with --resume\n", folder);
    return end == GAN_TRAIN_STOPPED ? GAN_EXIT_INTERRUPTED : GAN_EXIT_DONE;
}

/* Within the ranks: reads the configuration and runs it. */
static int train(const gan_arguments *a, const struct options *o, gan_dist *d)
{
    static gan_config c; /* large */
    if (gan_ranks_load_config(a, &o->set, d, &c)) return -1;
    char *folder = o->out ? gan_mem_text(o->out) : gan_mem_printf("checkpoints/%s", c.run.name);
    int end = folder ? run(o, &c, folder, d) : -1;
    gan_mem_free(folder);
    return end;
}

int gan_cmd_train(int argc, char **argv)
{
    struct options o = { .steps = 0 };
    gan_arguments a;
    gan_dist *d;
    int end = gan_parse(&syntax, argc, argv, &o, &a);
    if (end >= 0) return end;
    if (o.help_config) {
        gan_config_help(stdout);
        return GAN_EXIT_DONE;
    }
    if (!a.count) return gan_usage_error(&syntax, "CONFIG is missing");
    if (gan_ranks_open(&d)) return GAN_EXIT_FAILED;
    end = train(&a, &o, d);
    if (end < 0) return gan_ranks_failed(d);
    gan_dist_free(d);
    return end;
}

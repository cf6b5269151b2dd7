#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/number.h"
#include "gan/mem.h"
#include "gan/progress.h"
#include "gan/train.h"
#include "train/csv.h"
#include "train/run_folder.h"

static const char LATEST[] = "latest.safetensors", BEST[] = "best.safetensors";

struct trainer {
    const gan_train_opt *o;
    const gan_config *c;
    gan_recipe *r;
    gan_task task;
    gan_dataset *owned_data, *owned_val, *owned_other;
    const gan_dataset *data, *val, *other; /* those, or the caller's; other: domain B of unpaired pictures */
    gan_loader *loader;
    gan_plan *eval; /* the generator as inference runs it */
    gan_run_state s;
    uint64_t per_epoch, epochs, total;
    gan_csv log, table;
    gan_rate rate;
    uint64_t begun; /* step from which this session goes on */
    double saved_s, spent_s, loss[GAN_MAX_LOSSES], ms;
    int losses, restored;
};

static void tell(struct trainer *t, gan_train_event e)
{
    if (!t->o->tell) return;
    e.recipe = t->r;
    e.step = t->s.step;
    e.steps = t->total;
    e.epochs = t->epochs;
    if (!e.epoch) e.epoch = t->s.epoch + 1 < t->epochs ? t->s.epoch + 1 : t->epochs;
    e.lr = t->s.lr;
    e.ms = t->ms;
    e.images_per_s = gan_rate_per_s(&t->rate) * (double)t->c->train.batch;
    e.seconds = t->spent_s;
    t->o->tell(t->o->ctx, &e);
}

static void note(struct trainer *t, const char *text)
{
    tell(t, (gan_train_event){ .what = GAN_EVENT_NOTE, .text = text });
}

/* Saving */

/* Rows are on disk before the checkpoint that counts on them. */
static int save(struct trainer *t, const char *file)
{
    char *path = gan_run_path(t->o->folder, file);
    if (t->o->measure) {
        gan_mem_free(path);
        return 0;
    }
    int bad = !path || gan_csv_sync(&t->log) || gan_csv_sync(&t->table) || gan_checkpoint_save(path, t->r, &t->s);
    gan_mem_free(path);
    t->saved_s = gan_clock_s();
    return bad ? -1 : 0;
}

static void epoch_file(char *text, size_t bytes, uint64_t epoch)
{
    snprintf(text, bytes, "epoch_%04" PRIu64 ".safetensors", epoch);
}

/* Keeps the numbered files of the last `keep` epochs. */
static int save_numbered(struct trainer *t)
{
    char file[64];
    uint64_t keep = (uint64_t)t->c->checkpoint.keep, every = (uint64_t)t->c->checkpoint.every_epochs;
    if (!keep) return 0;
    epoch_file(file, sizeof file, t->s.epoch);
    if (save(t, file)) return -1;
    if (t->s.epoch <= keep * every) return 0;
    epoch_file(file, sizeof file, t->s.epoch - keep * every);
    char *path = gan_run_path(t->o->folder, file);
    if (!path) return -1;
    remove(path); /* it need not be there: the run may have been resumed with other files */
    gan_mem_free(path);
    return 0;
}

/* Validation */

static int predict(void *ctx, const gan_request *q, float *y)
{
    struct trainer *t = ctx;
    const gan_graph *g = t->r->net[0].graph;
    gan_id in = gan_graph_input_at(g, 0), out = gan_graph_output_at(g, 0);
    gan_shape s = gan_plan_shape(t->eval, out);
    gan_plan_put(t->eval, in, 0, q->n, q->x);
    if (gan_plan_run(t->eval, GAN_FWD, t->r->key)) return -1;
    memcpy(y, gan_plan_dst(t->eval, out), (size_t)q->n * (size_t)s.c * (size_t)s.h * (size_t)s.w * sizeof *y);
    return 0;
}

static gan_evaluate_opt evaluation(const struct trainer *t)
{
    return (gan_evaluate_opt){ .task = &t->task, .size = (int)t->c->data.size, .batch = (int)t->c->train.batch };
}

static int save_samples(struct trainer *t, uint64_t epoch)
{
    gan_evaluate_opt o = evaluation(t);
    int samples = (int)t->c->checkpoint.samples;
    gan_image sheet = { 0 };
    if (!samples) return 0;
    char *path = gan_mem_printf("%s/samples/epoch_%04" PRIu64 ".png", t->o->folder, epoch);
    int bad = !path || gan_sample_sheet(t->val, &o, samples, predict, t, &sheet) || gan_image_save(&sheet, path);
    gan_image_release(&sheet);
    gan_mem_free(path);
    return bad ? -1 : 0;
}

static void mean_losses(const struct trainer *t, double *mean)
{
    for (int i = 0; i < t->losses; i++) mean[i] = t->s.summed ? t->s.sum[i] / (double)t->s.summed : 0;
}

static int write_scores(struct trainer *t, uint64_t epoch, const gan_scores *s, const double *mean)
{
    char text[GAN_MAX_LOSSES * 24] = "";
    for (int i = 0; i < t->losses; i++) {
        size_t used = strlen(text);
        gan_number_write(text + used, sizeof text - used, ",%.6g", mean[i]);
    }
    return gan_csv_row(&t->table, "%" PRIu64 ",%.4f,%.5f,%.3f,%.6f,%.4f,%.6f,%.3f,%zu,%" PRIu64 "%s", epoch,
                       s->mean.psnr, s->mean.ssim, s->mean.colourfulness, s->mean.l1, s->gray.psnr, s->gray.l1,
                       s->truth.colourfulness, s->images, t->s.step, text);
}

double gan_best_score(enum gan_best how, const gan_scores *s)
{
    double wrong = s->truth.colourfulness > 0 ? fabs(s->mean.colourfulness / s->truth.colourfulness - 1) : 0;
    switch (how) {
    case GAN_BEST_PSNR: return s->mean.psnr;
    case GAN_BEST_L1: return -s->mean.l1;
    case GAN_BEST_COLOUR: return s->mean.psnr - 10 * wrong;
    }
    GAN_BUG("no such score");
}

/* Scores of stages before the last one rank behind all of it where they should. */
static double rank(const struct trainer *t, const gan_scores *scores)
{
    static const double behind = 1e6;
    int early = t->r->stage < gan_recipe_stages(t->r) - 1;
    double score = gan_best_score((enum gan_best)t->c->checkpoint.best, scores);
    return early && t->c->checkpoint.best_stage == GAN_STAGE_LAST ? score - behind : score;
}

static int keep_best(struct trainer *t, uint64_t epoch, const gan_scores *scores, int *best)
{
    double score = rank(t, scores);
    *best = score > t->s.best;
    if (!*best) return 0;
    t->s.best = score;
    t->s.best_epoch = epoch;
    char *path = gan_run_path(t->o->folder, BEST);
    int bad = !path || gan_checkpoint_save_generator(path, t->r, &t->s);
    gan_mem_free(path);
    return bad ? -1 : 0;
}

static int score(struct trainer *t, uint64_t epoch, gan_scores *scores)
{
    int averaged = gan_params_has(t->r->net[0].params, GAN_EMA);
    gan_evaluate_opt o = evaluation(t);
    if (averaged) gan_params_swap_ema(t->r->net[0].params);
    int bad = gan_evaluate(t->val, &o, predict, t, scores) || save_samples(t, epoch);
    if (averaged) gan_params_swap_ema(t->r->net[0].params);
    return bad ? -1 : 0;
}

static int validate(struct trainer *t, uint64_t epoch)
{
    gan_scores scores;
    double mean[GAN_MAX_LOSSES];
    int best;
    if (t->o->measure) return 0;
    tell(t, (gan_train_event){ .what = GAN_EVENT_VALIDATING, .epoch = epoch });
    mean_losses(t, mean);
    if (score(t, epoch, &scores)) return -1;
    if (write_scores(t, epoch, &scores, mean) || keep_best(t, epoch, &scores, &best)) return -1;
    tell(t,
         (gan_train_event){ .what = GAN_EVENT_EPOCH, .epoch = epoch, .loss = mean, .scores = &scores, .best = best });
    return 0;
}

/* Steps */

static int write_step(struct trainer *t)
{
    char text[GAN_MAX_LOSSES * 24] = "";
    for (int i = 0; i < t->losses; i++) {
        size_t used = strlen(text);
        gan_number_write(text + used, sizeof text - used, ",%.9g", t->loss[i]);
    }
    return gan_csv_row(&t->log, "%" PRIu64 ",%" PRIu64 "%s,%.9g,%.3f,%.2f", t->s.step,
                       (t->s.step - 1) / t->per_epoch + 1, text, t->s.lr, t->ms,
                       (double)t->c->train.batch / t->ms * 1e3);
}

/* A run says which stage it begins, or goes on with, unless there is only the last. */
static void tell_stage(struct trainer *t, int before)
{
    char text[128];
    int now = t->r->stage, last = gan_recipe_stages(t->r) - 1;
    int news = t->s.step == t->begun ? now < last : now != before;
    if (!t->r->def->stages || !news) return;
    snprintf(text, sizeof text, "step %" PRIu64 ": %s", t->s.step + 1, t->r->def->stages[now]);
    tell(t, (gan_train_event){ .what = GAN_EVENT_STAGE, .text = text });
}

static int make_step(struct trainer *t)
{
    double begin = gan_clock_s();
    gan_batch b;
    if (gan_loader_batch(t->loader, t->s.step, &b)) return -1;
    t->s.lr = gan_schedule_lr(t->c, t->s.step / t->per_epoch + 1);
    int before = t->r->stage;
    if (gan_recipe_step(t->r, &b, t->s.lr, t->loss)) return -1;
    tell_stage(t, before);
    t->s.step++;
    for (int i = 0; i < t->losses; i++) t->s.sum[i] += t->loss[i];
    t->s.summed++;
    double end = gan_clock_s();
    t->ms = (end - begin) * 1e3;
    t->spent_s += end - begin;
    gan_rate_add(&t->rate, end, (double)t->s.step);
    if (write_step(t)) return -1;
    tell(t, (gan_train_event){ .what = GAN_EVENT_STEP, .loss = t->loss });
    return 0;
}

static int finish_epoch(struct trainer *t)
{
    t->s.epoch = t->s.step / t->per_epoch;
    if (validate(t, t->s.epoch)) return -1;
    memset(t->s.sum, 0, sizeof t->s.sum);
    t->s.summed = 0;
    uint64_t every = (uint64_t)t->c->checkpoint.every_epochs;
    return every && t->s.epoch % every == 0 && (save(t, LATEST) || save_numbered(t)) ? -1 : 0;
}

static int save_is_due(const struct trainer *t)
{
    double minutes = t->c->checkpoint.every_minutes;
    return minutes > 0 && gan_clock_s() - t->saved_s > minutes * 60;
}

static int is_time_up(const struct trainer *t)
{
    return t->o->seconds > 0 && t->spent_s >= t->o->seconds;
}

static enum gan_train_end loop(struct trainer *t)
{
    uint64_t end = t->o->stop_after && t->o->stop_after < t->total ? t->o->stop_after : t->total;
    t->saved_s = gan_clock_s();
    gan_rate_add(&t->rate, t->saved_s, (double)t->s.step);
    while (t->s.step < end && !is_time_up(t)) {
        if (t->o->stop && *t->o->stop) return save(t, LATEST) ? GAN_TRAIN_FAILED : GAN_TRAIN_STOPPED;
        if (make_step(t)) return GAN_TRAIN_FAILED;
        if (t->s.step % t->per_epoch == 0 && finish_epoch(t)) return GAN_TRAIN_FAILED;
        if (save_is_due(t) && save(t, LATEST)) return GAN_TRAIN_FAILED;
    }
    if (save(t, LATEST)) return GAN_TRAIN_FAILED;
    int over = t->s.step == t->total || is_time_up(t);
    if (over && t->s.step % t->per_epoch && validate(t, t->s.epoch + 1)) return GAN_TRAIN_FAILED;
    return GAN_TRAIN_DONE;
}

/* Setting up */

static gan_dataset *open_folder(const gan_config *c, const char *a, const char *b)
{
    return c->data.layout == GAN_FOLDERS ? gan_dataset_open_pairs(a, b) : gan_dataset_open(a);
}

static int open_training(struct trainer *t)
{
    const gan_config *c = t->c;
    t->data = t->other = t->o->data;
    if (t->data) return 0;
    if (!c->data.train[0]) return gan_error("no photographs: set [data] train to a folder of PNG or JPEG files");
    t->data = t->owned_data = open_folder(c, c->data.train, c->data.train_b);
    if (t->data && c->data.layout == GAN_UNPAIRED) t->other = t->owned_other = gan_dataset_open(c->data.train_b);
    return t->data && (t->other || c->data.layout != GAN_UNPAIRED) ? 0 : -1;
}

static int open_validation(struct trainer *t)
{
    const gan_config *c = t->c;
    t->val = t->o->val;
    if (t->val || t->o->measure) return 0;
    if (!c->data.val[0] && !t->owned_data) return gan_error("no photographs to validate on");
    t->val = t->owned_val =
        c->data.val[0] ? open_folder(c, c->data.val, c->data.val_b) : gan_dataset_hold_out(t->owned_data);
    return t->val ? 0 : -1;
}

static int open_loader(struct trainer *t)
{
    const gan_config *c = t->c;
    char *index = t->o->measure ? NULL : gan_run_path(t->o->folder, "data.index");
    gan_loader_opt o = { .task = &t->task,
                         .size = (int)c->data.size,
                         .load_size = (int)gan_config_load_size(c),
                         .batch = (int)c->train.batch,
                         .seed = (uint64_t)c->run.seed,
                         .augment = gan_augment_of(c),
                         .skip_gray = c->data.skip_gray,
                         .cache_mib = (size_t)c->data.cache_mib,
                         .index = index };
    int unpaired = c->data.layout == GAN_UNPAIRED;
    t->loader = unpaired ? gan_loader_new_unpaired(t->data, t->other, &o) : gan_loader_new(t->data, &o);
    gan_mem_free(index);
    return t->loader ? 0 : -1;
}

static int open_data(struct trainer *t)
{
    t->task = gan_task_of(t->c);
    return open_training(t) || open_validation(t) || open_loader(t) ? -1 : 0;
}

/* The kernels of a run that is resumed; NULL: there is none, or they are to be found anew. */
static int read_tuning(const struct trainer *t, char **recorded)
{
    if (!t->o->resume || t->o->retune || t->c->run.tune == GAN_TUNE_OFF) return 0;
    if (!gan_run_file_exists(t->o->folder, LATEST)) return 0;
    char *path = gan_run_path(t->o->folder, LATEST);
    int bad = !path || gan_checkpoint_tuning(path, recorded);
    gan_mem_free(path);
    return bad ? -1 : 0;
}

static int open_networks(struct trainer *t)
{
    char *recorded = NULL;
    if (read_tuning(t, &recorded)) return -1;
    t->r = gan_recipe_new_tuned(t->o->recipe, t->c, recorded);
    if (!t->r && recorded) gan_error_in("resuming: 'gan train --retune' chooses kernels anew; results differ in bits");
    gan_mem_free(recorded);
    if (!t->r) return -1;
    t->losses = gan_recipe_losses(t->r);
    if (t->o->measure) return 0;
    gan_plan_opt o = { .batch = (int)t->c->train.batch, .outputs = 1 };
    t->eval = gan_plan_new(t->r->net[0].graph, t->r->net[0].params, &o);
    return t->eval && !gan_plan_bind(t->eval, NULL, 0) ? 0 : -1;
}

static int open_tables(struct trainer *t)
{
    char header[512] = "step,epoch", names[256] = "";
    for (int i = 0; i < t->losses; i++) {
        size_t used = strlen(names);
        snprintf(names + used, sizeof names - used, ",%s", t->r->def->losses[i]);
    }
    snprintf(header, sizeof header, "step,epoch%s,lr,ms,images_per_s", names);
    char *log = gan_run_path(t->o->folder, "log.csv"), *table = gan_run_path(t->o->folder, "val.csv");
    int bad = !log || !table || gan_csv_open(&t->log, log, header, t->s.step);
    snprintf(header, sizeof header,
             "epoch,psnr,ssim,colourfulness,l1,gray_psnr,gray_l1,colourfulness_true,images,step%s", names);
    bad = bad || gan_csv_open(&t->table, table, header, t->s.epoch);
    gan_mem_free(log);
    gan_mem_free(table);
    return bad ? -1 : 0;
}

/* Restores the run, or notes that there is nothing to restore. */
static int restore(struct trainer *t)
{
    gan_config saved;
    if (!gan_run_file_exists(t->o->folder, LATEST)) {
        note(t, "there is no checkpoint to resume: starting afresh");
        return 0;
    }
    if (t->o->init)
        return gan_error("'%s' holds a run already, which has its values: resume it without others", t->o->folder);
    char *path = gan_run_path(t->o->folder, LATEST);
    int bad = !path || gan_checkpoint_peek(path, &saved, &t->s) || gan_run_check_config(&saved, t->c) ||
              gan_checkpoint_load(path, t->r, &t->s);
    t->restored = !bad;
    gan_mem_free(path);
    return bad ? -1 : 0;
}

static int prepare(struct trainer *t)
{
    if (t->restored || t->o->measure || !t->r->def->prepare) return 0;
    tell(t, (gan_train_event){ .what = GAN_EVENT_STAGE, .text = "looking at all photographs once" });
    return t->r->def->prepare(t->r, t->data);
}

static int open_run(struct trainer *t)
{
    const gan_config *c = t->c;
    if (gan_run_folder_open(t->o->folder, t->o->resume) || open_data(t) || open_networks(t)) return -1;
    t->per_epoch = gan_loader_steps_per_epoch(t->loader);
    t->epochs = (uint64_t)(c->train.epochs + c->train.decay_epochs);
    t->total = t->epochs * t->per_epoch;
    if (c->train.steps && (uint64_t)c->train.steps < t->total) t->total = (uint64_t)c->train.steps;
    t->s = (gan_run_state){ .best = -HUGE_VAL };
    if (t->o->resume && restore(t)) return -1;
    t->begun = t->s.step;
    if (t->o->init && t->o->init(t->o->init_ctx, t->r)) return -1;
    if (prepare(t)) return -1;
    if (open_tables(t)) return -1;
    if (t->o->init && save(t, LATEST)) return -1; /* whenever the run is resumed, it has these values */
    return gan_run_folder_write_config(t->o->folder, c);
}

static void close_run(struct trainer *t)
{
    gan_csv_close(&t->log);
    gan_csv_close(&t->table);
    gan_plan_free(t->eval);
    gan_recipe_free(t->r);
    gan_loader_free(t->loader);
    gan_dataset_free(t->owned_val);
    gan_dataset_free(t->owned_other);
    gan_dataset_free(t->owned_data);
}

enum gan_train_end gan_train(const gan_train_opt *o)
{
    struct trainer t = { .o = o, .c = o->config };
    enum gan_train_end end = GAN_TRAIN_FAILED;
    if (!open_run(&t)) {
        tell(&t, (gan_train_event){ .what = GAN_EVENT_START });
        end = loop(&t);
        gan_loader_stats stats = gan_loader_get_stats(t.loader);
        if (end != GAN_TRAIN_FAILED) tell(&t, (gan_train_event){ .what = GAN_EVENT_END, .wait_s = stats.wait_s });
    }
    close_run(&t);
    return end;
}

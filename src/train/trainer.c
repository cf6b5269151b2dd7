#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/number.h"
#include "gan/mem.h"
#include "gan/progress.h"
#include "gan/train.h"
#include "train/csv.h"
#include "train/ranks.h"
#include "train/run_folder.h"

static const char LATEST[] = "latest.safetensors", BEST[] = "best.safetensors";

struct trainer {
    const gan_train_opt *o;
    const gan_config *c;
    gan_dist *dist;
    gan_run_folder folder;
    char *kernels; /* recorded by the run that is resumed; of the first rank; owned; NULL: none */
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
    uint64_t begun;  /* step from which this session goes on */
    gan_batch batch; /* of the next step, */
    double load_s;   /* and what it took to have it */
    double saved_s, spent_s, loss[GAN_MAX_LOSSES], ms;
    int losses, restored;
};

/* The rank that writes and tells. */
static int is_first(const struct trainer *t)
{
    return gan_dist_rank(t->dist) == 0;
}

static void tell(struct trainer *t, gan_train_event e)
{
    if (!t->o->tell || !is_first(t)) return;
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

static int sync_tables(struct trainer *t)
{
    return gan_csv_sync(&t->log) || gan_csv_sync(&t->table) ? -1 : 0;
}

/* Rows are on disk before the checkpoint that counts on them. */
static int save(struct trainer *t, const char *file)
{
    char *path = gan_run_path(t->o->folder, file);
    if (t->o->measure) {
        gan_mem_free(path);
        return 0;
    }
    int unready = !path || (is_first(t) && sync_tables(t));
    int bad = gan_dist_agree(t->dist, unready) || gan_ranks_save(path, t->r, &t->s);
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
    if (t->s.epoch <= keep * every || !is_first(t)) return 0;
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
    return (gan_evaluate_opt){
        .task = &t->task, .size = (int)t->c->data.size, .batch = (int)t->r->config.train.batch, .dist = t->dist
    };
}

static int save_samples(struct trainer *t, uint64_t epoch)
{
    gan_evaluate_opt o = evaluation(t);
    int samples = (int)t->c->checkpoint.samples;
    gan_image sheet = { 0 };
    if (!samples || !is_first(t)) return 0;
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
    if (!is_first(t)) return 0;
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

/* Scores of stages before the last one stand behind all of it where they should. */
static double standing(const struct trainer *t, const gan_scores *scores)
{
    static const double behind = 1e6;
    int early = t->r->stage < gan_recipe_stages(t->r) - 1;
    double score = gan_best_score((enum gan_best)t->c->checkpoint.best, scores);
    return early && t->c->checkpoint.best_stage == GAN_STAGE_LAST ? score - behind : score;
}

static int save_best(void *trainer)
{
    struct trainer *t = trainer;
    char *path = gan_run_path(t->o->folder, BEST);
    int bad = !path || gan_checkpoint_save_generator(path, t->r, &t->s);
    gan_mem_free(path);
    return bad ? -1 : 0;
}

static int keep_best(struct trainer *t, uint64_t epoch, const gan_scores *scores, int *best)
{
    double score = standing(t, scores);
    *best = score > t->s.best;
    if (!*best) return 0;
    t->s.best = score;
    t->s.best_epoch = epoch;
    return gan_ranks_first(t->dist, save_best, t);
}

static int score(struct trainer *t, uint64_t epoch, gan_scores *scores)
{
    int averaged = gan_params_has(t->r->net[0].params, GAN_EMA);
    gan_evaluate_opt o = evaluation(t);
    if (averaged && gan_ranks_collect(t->r, GAN_HAS_EMA)) return -1;
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
    if (!is_first(t)) return 0;
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

static int load_batch(struct trainer *t)
{
    double begin = gan_clock_s();
    if (gan_loader_batch(t->loader, t->s.step, &t->batch)) return -1;
    t->load_s = gan_clock_s() - begin;
    return 0;
}

static int make_step(struct trainer *t)
{
    double begin = gan_clock_s() - t->load_s;
    t->s.lr = gan_schedule_lr(t->c, t->s.step / t->per_epoch + 1);
    int before = t->r->stage;
    if (gan_recipe_step(t->r, &t->batch, t->s.lr, t->loss)) return -1;
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

struct ballot {
    int stop, save, late;
};

/* What to do before the next step. Any rank may ask for a stop, the first one watches the clock; none goes on if one has
 * failed. */
static int vote(const struct trainer *t, int failed, struct ballot *result)
{
    int first = is_first(t);
    double v[] = { t->o->stop && *t->o->stop, first && save_is_due(t), first && is_time_up(t), failed != 0 };
    if (gan_dist_sum(t->dist, v, sizeof v / sizeof *v)) return -1;
    *result = (struct ballot){ v[0] > 0, v[1] > 0, v[2] > 0 };
    return v[3] > 0 ? gan_dist_agree(t->dist, failed) : 0;
}

static enum gan_train_end loop(struct trainer *t)
{
    uint64_t end = t->o->stop_after && t->o->stop_after < t->total ? t->o->stop_after : t->total;
    t->saved_s = gan_clock_s();
    gan_rate_add(&t->rate, t->saved_s, (double)t->s.step);
    struct ballot now;
    for (;;) {
        int failed = t->s.step < end ? load_batch(t) : 0;
        if (vote(t, failed, &now)) return GAN_TRAIN_FAILED;
        if (t->s.step >= end || now.late) break;
        if (now.stop) return save(t, LATEST) ? GAN_TRAIN_FAILED : GAN_TRAIN_STOPPED;
        if (now.save && save(t, LATEST)) return GAN_TRAIN_FAILED;
        if (make_step(t)) return GAN_TRAIN_FAILED;
        if (t->s.step % t->per_epoch == 0 && finish_epoch(t)) return GAN_TRAIN_FAILED;
    }
    if (save(t, LATEST)) return GAN_TRAIN_FAILED;
    int over = t->s.step == t->total || now.late;
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
    char *index = t->o->measure || !is_first(t) ? NULL : gan_run_path(t->o->folder, "data.index");
    int ranks = gan_dist_size(t->dist), count = (int)c->train.batch / ranks;
    gan_loader_opt o = { .task = &t->task,
                         .size = (int)c->data.size,
                         .load_size = (int)gan_config_load_size(c),
                         .batch = (int)c->train.batch,
                         .first = gan_dist_rank(t->dist) * count,
                         .count = count,
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

/* Reads the kernels of a run that is resumed, unless they are to be found anew, or other numbers of pictures per rank want
 * others. */
static int read_tuning(void *trainer)
{
    struct trainer *t = trainer;
    gan_config saved;
    gan_run_state s;
    if (!t->o->resume || t->o->retune || t->c->run.tune == GAN_TUNE_OFF) return 0;
    if (!gan_run_file_exists(t->o->folder, LATEST)) return 0;
    char *path = gan_run_path(t->o->folder, LATEST);
    int bad = !path || gan_checkpoint_peek(path, &saved, &s);
    if (!bad && s.ranks == (uint64_t)gan_dist_size(t->dist)) bad = gan_checkpoint_tuning(path, &t->kernels);
    gan_mem_free(path);
    return bad ? -1 : 0;
}

/* Validation comes between steps, when the memory of the recipe's plans is free. */
static int bind_eval(struct trainer *t)
{
    const gan_recipe *r = t->r;
    for (int i = 0; i < r->plans; i++)
        if (gan_plan_bytes(r->plan[i]) >= gan_plan_bytes(t->eval))
            return gan_plan_bind(t->eval, gan_plan_memory(r->plan[i]), gan_plan_bytes(r->plan[i]));
    return gan_plan_bind(t->eval, NULL, 0);
}

static int open_networks(struct trainer *t)
{
    t->r = gan_recipe_new_ranked(t->o->recipe, t->c, t->kernels, t->dist);
    if (!t->r && t->kernels)
        gan_error_in("resuming: 'gan train --retune' chooses kernels anew; results differ in bits");
    if (!t->r) return -1;
    t->losses = gan_recipe_losses(t->r);
    if (t->o->measure) return 0;
    gan_plan_opt o = { .batch = (int)t->r->config.train.batch, .outputs = 1 };
    t->eval = gan_plan_new(t->r->net[0].graph, t->r->net[0].params, &o);
    return t->eval ? bind_eval(t) : -1;
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

static int open_files(void *trainer)
{
    struct trainer *t = trainer;
    return open_tables(t) ? -1 : gan_run_folder_write_config(t->o->folder, t->c);
}

/* Whether the saved run is the one that is asked for. */
static int check_saved(void *trainer)
{
    struct trainer *t = trainer;
    gan_config saved;
    if (t->o->init)
        return gan_error("'%s' holds a run already, which has its values: resume it without others", t->o->folder);
    char *path = gan_run_path(t->o->folder, LATEST);
    int bad = !path || gan_checkpoint_peek(path, &saved, &t->s);
    int same_ranks = !bad && t->s.ranks == (uint64_t)gan_dist_size(t->dist);
    gan_mem_free(path);
    return bad ? -1 : gan_run_check_config(&saved, t->c, same_ranks);
}

static void note_ranks(struct trainer *t)
{
    char text[160];
    uint64_t ranks = (uint64_t)gan_dist_size(t->dist);
    if (t->s.ranks == ranks) return;
    snprintf(text, sizeof text,
             "%" PRIu64 " ranks made this run, now it is %" PRIu64
             ": it goes on from the same weights, but not bit for bit",
             t->s.ranks, ranks);
    note(t, text);
}

/* Restores the run, or notes that there is nothing to restore. */
static int restore(struct trainer *t)
{
    int found = is_first(t) && gan_run_file_exists(t->o->folder, LATEST);
    if (gan_dist_broadcast(t->dist, &found, sizeof found)) return -1;
    if (!found) {
        note(t, "there is no checkpoint to resume: starting afresh");
        return 0;
    }
    if (gan_ranks_first(t->dist, check_saved, t)) return -1;
    char *path = gan_run_path(t->o->folder, LATEST);
    int bad = !path || gan_ranks_load(path, t->r, &t->s);
    gan_mem_free(path);
    t->restored = !bad;
    if (!bad) note_ranks(t);
    return bad ? -1 : 0;
}

static int init(void *trainer)
{
    struct trainer *t = trainer;
    return t->o->init(t->o->init_ctx, t->r);
}

/* What each rank opens for itself; the run's folder is the first one's. */
static int open_inputs(struct trainer *t)
{
    if (is_first(t) && gan_run_folder_open(&t->folder, t->o->folder, t->o->resume)) return -1;
    return open_data(t);
}

static int prepare(void *trainer)
{
    struct trainer *t = trainer;
    if (t->restored || t->o->measure || !t->r->def->prepare) return 0;
    tell(t, (gan_train_event){ .what = GAN_EVENT_STAGE, .text = "looking at all photographs once" });
    return t->r->def->prepare(t->r, t->data);
}

static int open_run(struct trainer *t)
{
    const gan_config *c = t->c;
    if (gan_ranks_check_begin(t->o) || gan_dist_agree(t->dist, open_inputs(t))) return -1;
    if (gan_ranks_first(t->dist, read_tuning, t) || gan_dist_agree(t->dist, open_networks(t))) return -1;
    if (gan_ranks_check_made(&(gan_ranks_made){ t->r, t->eval, t->data, t->other, t->val })) return -1;
    t->per_epoch = gan_loader_steps_per_epoch(t->loader);
    t->epochs = (uint64_t)(c->train.epochs + c->train.decay_epochs);
    t->total = t->epochs * t->per_epoch;
    if (c->train.steps && (uint64_t)c->train.steps < t->total) t->total = (uint64_t)c->train.steps;
    t->s = (gan_run_state){ .best = -HUGE_VAL };
    if (t->o->resume && restore(t)) return -1;
    if (t->o->init && gan_ranks_first(t->dist, init, t)) return -1;
    if (gan_ranks_first(t->dist, prepare, t) || gan_ranks_spread(t->r, &t->s)) return -1;
    t->begun = t->s.step;
    if (gan_ranks_first(t->dist, open_files, t)) return -1;
    return t->o->init ? save(t, LATEST) : 0; /* whenever the run is resumed, it has these values */
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
    gan_mem_free(t->kernels);
}

enum gan_train_end gan_train(const gan_train_opt *o)
{
    struct trainer t = { .o = o, .c = o->config, .dist = o->dist };
    enum gan_train_end end = GAN_TRAIN_FAILED;
    int ready = !open_run(&t);
    if (ready) {
        tell(&t, (gan_train_event){ .what = GAN_EVENT_START });
        end = loop(&t);
        gan_loader_stats stats = gan_loader_get_stats(t.loader);
        if (end != GAN_TRAIN_FAILED) tell(&t, (gan_train_event){ .what = GAN_EVENT_END, .wait_s = stats.wait_s });
    }
    if (end == GAN_TRAIN_FAILED && o->fail) o->fail(o->ctx);
    close_run(&t); /* writes the index of photographs, ready or not */
    if (!ready || (end == GAN_TRAIN_FAILED && t.s.step == t.begun)) gan_run_folder_undo(&t.folder);
    gan_run_folder_release(&t.folder);
    return end;
}

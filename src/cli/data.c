/* gan data: what photographs there are, and what training makes of them. */
#include <jansson.h>

#include "base/folder.h"
#include "cli/cli.h"
#include "gan/data.h"
#include "gan/survey.h"

struct options {
    gan_texts set;
    const char *preview;
    int64_t count;
    int json, list;
};

#define AT(field) offsetof(struct options, field)
static const gan_flag flags[] = {
    { "set", 0, GAN_FLAG_TEXTS, AT(set), "SECTION.KEY=VALUE", .help = "change a key of CONFIG" },
    { "preview", 'p', GAN_FLAG_TEXT, AT(preview), "FILE", .help = "write a sheet of training samples instead" },
    { "count", 'n', GAN_FLAG_NUMBER, AT(count), "N", 1, 256, .help = "samples on the sheet; default: 8" },
    { "list", 'l', GAN_FLAG_SWITCH, AT(list), .help = "name damaged, gray and duplicate files" },
    { "json", 0, GAN_FLAG_SWITCH, AT(json), .help = "print one JSON object" },
    { 0 },
};

static const gan_syntax syntax = {
    .name = "data",
    .arguments = "CONFIG|DIR",
    .help =
        "Reports on the folders of a configuration, or on one folder: sizes, gray, duplicate and damaged files, and\n"
        "how colourful the pictures are. With --preview, shows training samples as the networks get them: source,\n"
        "hints if there are any, target, with all augmentation.",
    .flags = flags,
    .most = 1,
    .least = 1,
    .computes = 1,
};

/* One folder */

struct report {
    const struct options *o;
    gan_bar bar;
    json_t *all; /* of --json */
};

static void found(void *ctx, enum gan_finding what, const char *path, const char *detail)
{
    static const char *const words[] = {
        [GAN_FOUND_DAMAGED] = "damaged  ", [GAN_FOUND_GRAY] = "gray     ", [GAN_FOUND_DUPLICATE] = "duplicate"
    };
    struct report *r = ctx;
    if (!r->o->list || r->o->json) return;
    gan_bar_finish(&r->bar);
    printf("  %s ", words[what]);
    gan_print_visible(path, stdout);
    if (*detail) fputs(what == GAN_FOUND_DUPLICATE ? " of " : ": ", stdout);
    gan_print_visible(detail, stdout);
    putchar('\n');
}

static void progress(void *ctx, size_t done, size_t count)
{
    struct report *r = ctx;
    gan_bar_show(&r->bar, &(gan_progress){ "looking", "", done, count });
}

static json_t *shares(const double *bins)
{
    json_t *list = json_array();
    for (int i = 0; i < GAN_SURVEY_BINS; i++) json_array_append_new(list, json_real(bins[i]));
    return list;
}

static int keep_json(struct report *r, const char *folder, const gan_survey *s)
{
    json_t *o = json_pack("{sI sI sI sI si si si sf sf sf so so}", "files", (json_int_t)s->files, "damaged",
                          (json_int_t)s->damaged, "gray", (json_int_t)s->gray, "duplicates", (json_int_t)s->duplicates,
                          "short_side_min", s->short_least, "short_side_median", s->short_median, "short_side_max",
                          s->short_most, "aspect_max", s->aspect_most, "chroma_mean", s->chroma_mean, "colourfulness",
                          s->colourfulness, "chroma", shares(s->chroma), "hue", shares(s->hue));
    return o && !json_object_set_new(r->all, folder, o) ? 0 : gan_error("'%s' is no text that JSON can hold", folder);
}

static void print_bins(const char *title, const char *unit, int width, const double *bins)
{
    enum { BAR = 40 };
    double most = 0;
    for (int i = 0; i < GAN_SURVEY_BINS; i++) most = bins[i] > most ? bins[i] : most;
    printf("  %s\n", title);
    for (int i = 0; i < GAN_SURVEY_BINS; i++) {
        int length = most > 0 ? (int)(BAR * bins[i] / most + 0.5) : 0;
        printf("    %3d%s %5.1f %% %.*s\n", i * width, unit, 100 * bins[i], length,
               "########################################");
    }
}

static void print_report(const gan_survey *s)
{
    printf("  files          %8zu\n  damaged        %8zu\n  gray           %8zu\n  duplicates     %8zu\n", s->files,
           s->damaged, s->gray, s->duplicates);
    printf("  short side     %8d to %d pixels, median %d; at most %.2f times as long\n", s->short_least, s->short_most,
           s->short_median, s->aspect_most);
    printf("  mean chroma    %8.2f\n  colourfulness  %8.2f\n", s->chroma_mean, s->colourfulness);
    print_bins("chroma of pixels, from", "", 10, s->chroma);
    print_bins("hue of coloured pixels, degrees from red towards yellow, from", "", 30, s->hue);
}

static int report_folder(struct report *r, const char *folder)
{
    static const gan_survey_listener listener = { found, progress };
    gan_survey s;
    if (!*folder) return 0;
    gan_dataset *d = gan_dataset_open(folder);
    if (!d) return -1;
    if (!r->o->json) {
        gan_print_visible(folder, stdout);
        putchar('\n');
    }
    gan_bar_init(&r->bar, stderr);
    int failed = gan_survey_make(d, &listener, r, &s);
    gan_bar_finish(&r->bar);
    gan_dataset_free(d);
    if (failed) return -1;
    if (r->o->json) return keep_json(r, folder, &s);
    print_report(&s);
    return 0;
}

static int report(const struct options *o, const char *const *folder, int folders)
{
    struct report r = { .o = o, .all = json_object() };
    int failed = r.all ? 0 : gan_error("out of memory");
    for (int i = 0; i < folders && !failed; i++) failed = report_folder(&r, folder[i]);
    if (!failed && o->json) {
        json_dumpf(r.all, stdout, JSON_REAL_PRECISION(9));
        putchar('\n');
    }
    json_decref(r.all);
    return failed ? gan_failed() : GAN_EXIT_DONE;
}

/* Samples */

static gan_dataset *open_first(const gan_config *c)
{
    return c->data.layout == GAN_FOLDERS ? gan_dataset_open_pairs(c->data.train, c->data.train_b)
                                         : gan_dataset_open(c->data.train);
}

static int draw(const struct options *o, const gan_config *c, gan_loader *l)
{
    gan_task task = gan_task_of(c);
    gan_batch b;
    gan_image sheet;
    if (gan_loader_batch(l, 0, &b) || gan_batch_preview(&task, &b, &sheet)) return -1;
    int failed = gan_image_save(&sheet, o->preview);
    gan_image_release(&sheet);
    return failed;
}

static int preview(const struct options *o, const gan_config *c)
{
    gan_task task = gan_task_of(c);
    gan_loader_opt how = { .task = &task,
                           .size = (int)c->data.size,
                           .load_size = (int)gan_config_load_size(c),
                           .batch = (int)o->count,
                           .seed = (uint64_t)c->run.seed,
                           .augment = gan_augment_of(c),
                           .skip_gray = c->data.skip_gray };
    int unpaired = c->data.layout == GAN_UNPAIRED;
    if (!*c->data.train) return gan_error("no photographs: set [data] train to a folder of PNG or JPEG files");
    gan_dataset *d = open_first(c), *e = d && unpaired ? gan_dataset_open(c->data.train_b) : NULL;
    gan_loader *l = !d || (unpaired && !e) ? NULL : e ? gan_loader_new_unpaired(d, e, &how) : gan_loader_new(d, &how);
    int failed = !l || draw(o, c, l);
    gan_loader_free(l);
    gan_dataset_free(e);
    gan_dataset_free(d);
    return failed ? -1 : 0;
}

int gan_cmd_data(int argc, char **argv)
{
    struct options o = { .count = 8 };
    gan_arguments a;
    gan_config c;
    int end = gan_parse(&syntax, argc, argv, &o, &a);
    if (end >= 0) return end;
    if (gan_folder_is(a.item[0])) {
        if (o.preview || o.set.count)
            return gan_usage_error(&syntax, "--preview and --set need a CONFIG, not a folder");
        return report(&o, (const char *const *)a.item, 1);
    }
    end = gan_read_config(&a, &o.set, &c);
    if (end >= 0) return end;
    if (o.preview) return preview(&o, &c) ? gan_failed() : GAN_EXIT_DONE;
    const char *folders[] = { c.data.train, c.data.train_b, c.data.val, c.data.val_b };
    if (!*c.data.train && !*c.data.val) {
        gan_error("'%s' names no folder of photographs: set data.train", a.item[0]);
        return gan_failed();
    }
    return report(&o, folders, 4);
}

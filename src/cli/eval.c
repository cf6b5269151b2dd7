/* gan eval: a model's or a method's figures on photographs, and beside them what gray would score. */
#include "cli/cli.h"
#include "cli/painter.h"
#include "cli/scores.h"
#include "gan/atomic_file.h"

struct options {
    const char *data, *data_b, *method, *reference, *rules, *features, *csv, *sheet;
    int relight, json;
    int64_t size, batch, hints, points, seed;
};

enum { SHEET_ROWS = 8 };

#define AT(field) offsetof(struct options, field)
static const gan_flag flags[] = {
    { "data", 'd', GAN_FLAG_TEXT, AT(data), "DIR", .required = 1, .help = "folder of photographs" },
    { "data-b", 0, GAN_FLAG_TEXT, AT(data_b), "DIR", .help = "folder of their partners, of a model of two folders" },
    { "method", 'm', GAN_FLAG_TEXT, AT(method), "NAME",
      .help = "instead of a model: gray, levin, reinhard, welsh, regions or rules" },
    { "reference", 0, GAN_FLAG_TEXT, AT(reference), "PICTURE",
      .help = "that lends reinhard, welsh and regions colours" },
    { "rules", 0, GAN_FLAG_TEXT, AT(rules), "FILE", .help = "of rules, instead of those built in" },
    { "points", 0, GAN_FLAG_NUMBER, AT(points), "N", 1, 1 << 24,
      .help = "places whose true colour levin is shown; default: 50" },
    { "seed", 0, GAN_FLAG_NUMBER, AT(seed), "N", 0, 1 << 30, .help = "of those places; default: 1" },
    { "features", 0, GAN_FLAG_TEXT, AT(features), "FILE",
      .help = "weights of SqueezeNet: measures the feature distance too" },
    { "relight", 0, GAN_FLAG_SWITCH, AT(relight),
      .help = "colour again in less light and in more, for hue_drift: three times the work" },
    { "json", 0, GAN_FLAG_SWITCH, AT(json), .help = "print one JSON object" },
    { "csv", 0, GAN_FLAG_TEXT, AT(csv), "FILE", .help = "write each picture's figures there" },
    { "sheet", 0, GAN_FLAG_TEXT, AT(sheet), "FILE", .help = "write a picture there: gray, generated, true, of some" },
    { "size", 's', GAN_FLAG_NUMBER, AT(size), "S", 8, 4096,
      .help = "side to measure at; default: as trained, of a method 256" },
    { "batch", 0, GAN_FLAG_NUMBER, AT(batch), "N", 1, 1024, .help = "pictures at a time; default: 16" },
    { "hints", 0, GAN_FLAG_NUMBER, AT(hints), "N", 0, 512,
      .help = "places whose true colour a model of hints is shown" },
    { 0 },
};

static const gan_syntax syntax = {
    .name = "eval",
    .arguments = "MODEL|--method NAME --data DIR",
    .help =
        "Measures how well the checkpoint MODEL, or a method without a network, colours photographs: short side to\n"
        "the size, centre crop, original luminance, 8-bit RGB, running statistics, no dropout. What is not clearly\n"
        "better than gray has learnt nothing.",
    .flags = flags,
    .least = 0,
    .most = 1,
    .computes = 1,
};

struct run {
    gan_painter painter;
    gan_task task;
    gan_evaluate_opt how;
    gan_dataset *data;
    FILE *csv; /* NULL: nobody wants it */
    gan_bar bar;
    uint64_t done;
};

/* A gan_evaluate_opt's each. */
static int take_picture(void *ctx, size_t number, gan_scores *s)
{
    struct run *r = ctx;
    if (r->csv) gan_scores_csv_row(r->csv, gan_dataset_path(r->data, number), s);
    gan_bar_show(&r->bar, &(gan_progress){ "measuring", "", ++r->done, gan_dataset_count(r->data) });
    return 0;
}

static int score(struct run *r, gan_scores *s)
{
    gan_bar_init(&r->bar, stderr);
    gan_messages_over(&r->bar);
    int failed = gan_evaluate(r->data, &r->how, gan_painter_run, &r->painter, s);
    gan_messages_over(NULL);
    gan_bar_finish(&r->bar);
    return failed;
}

static int score_into_csv(struct run *r, const char *path, gan_scores *s)
{
    gan_atomic_file f;
    if (gan_atomic_open(&f, path)) return -1;
    r->csv = f.stream;
    gan_scores_csv_header(r->csv);
    if (!score(r, s)) return gan_atomic_commit(&f);
    gan_atomic_abandon(&f);
    return -1;
}

static int save_sheet(struct run *r, const char *path)
{
    gan_image sheet = { 0 };
    int failed = gan_sample_sheet(r->data, &r->how, SHEET_ROWS, gan_painter_run, &r->painter, &sheet) ||
                 gan_image_save(&sheet, path);
    gan_image_release(&sheet);
    return failed ? -1 : 0;
}

static gan_dataset *open_data(const gan_task *t, const struct options *o)
{
    if (t->layout != GAN_FOLDERS) return gan_dataset_open(o->data);
    if (o->data_b) return gan_dataset_open_pairs(o->data, o->data_b);
    gan_error("this model learnt from pairs in two folders: name the second one with --data-b");
    return NULL;
}

static int measure(struct run *r, const struct options *o)
{
    gan_scores s;
    if (o->hints && !r->task.hints) return gan_error("this model takes no hints: it was trained with data.hints = no");
    if (o->sheet && !gan_image_can_save(o->sheet))
        return gan_error("cannot save '%s': the name does not end in .png, .jpg or .jpeg", o->sheet);
    if (o->features && !(r->how.distance = gan_feature_distance_new(o->features, r->how.size, r->how.size))) return -1;
    if (!(r->data = open_data(&r->task, o))) return -1;
    int failed = (o->csv ? score_into_csv(r, o->csv, &s) : score(r, &s)) || (o->sheet && save_sheet(r, o->sheet));
    gan_dataset_free(r->data);
    if (failed) return -1;
    if (o->json) return gan_scores_print_json(&s);
    gan_scores_print(&s, r->how.size);
    return 0;
}

static int open_painter(struct run *r, const struct options *o, const char *model)
{
    if (model) return gan_painter_open_model(&r->painter, model);
    return gan_painter_open_method(&r->painter, o->method, &(gan_classic_opt){ o->reference, o->rules });
}

static int run(const struct options *o, const char *model)
{
    struct run r = { .painter = { .points = (size_t)o->points, .seed = (uint64_t)o->seed } };
    if (open_painter(&r, o, model)) return gan_failed();
    int multiple = gan_painter_multiple(&r.painter), end;
    r.task = gan_painter_task(&r.painter);
    r.how = (gan_evaluate_opt){ .task = &r.task,
                                .size = o->size ? (int)o->size : gan_painter_size(&r.painter),
                                .batch = (int)o->batch,
                                .hints = (int)o->hints,
                                .thorough = 1,
                                .relight = o->relight,
                                .each = take_picture,
                                .each_ctx = &r };
    if (r.how.size % multiple)
        end = gan_usage_error(&syntax, "--size: this model takes multiples of %d", multiple);
    else
        end = measure(&r, o) ? gan_failed() : GAN_EXIT_DONE;
    gan_feature_distance_free(r.how.distance);
    gan_painter_release(&r.painter);
    return end;
}

int gan_cmd_eval(int argc, char **argv)
{
    struct options o = { .batch = 16, .points = 50, .seed = 1 };
    gan_arguments a;
    int end = gan_parse(&syntax, argc, argv, &o, &a);
    if (end >= 0) return end;
    if (!a.count && !o.method) return gan_usage_error(&syntax, "too few arguments: a MODEL or --method");
    if (a.count && o.method) return gan_usage_error(&syntax, "unexpected argument '%s' beside --method", a.item[0]);
    if (o.method && o.hints) return gan_usage_error(&syntax, "--hints is for a MODEL, not for --method");
    if (!o.method && (o.reference || o.rules))
        return gan_usage_error(&syntax, "--reference and --rules are for --method");
    return run(&o, a.count ? a.item[0] : NULL);
}

/* gan eval: a model's figures on photographs, and beside them what gray would score. */
#include <jansson.h>
#include <math.h>

#include "cli/cli.h"
#include "gan/colorizer.h"
#include "gan/evaluate.h"

struct options {
    const char *data, *data_b;
    int json;
    int64_t size, batch, hints;
};

#define AT(field) offsetof(struct options, field)
static const gan_flag flags[] = {
    { "data", 'd', GAN_FLAG_TEXT, AT(data), "DIR", .required = 1, .help = "folder of photographs" },
    { "data-b", 0, GAN_FLAG_TEXT, AT(data_b), "DIR", .help = "folder of their partners, of a model of two folders" },
    { "json", 0, GAN_FLAG_SWITCH, AT(json), .help = "print one JSON object" },
    { "size", 's', GAN_FLAG_NUMBER, AT(size), "S", 8, 4096, .help = "side to measure at; default: as trained" },
    { "batch", 0, GAN_FLAG_NUMBER, AT(batch), "N", 1, 1024, .help = "pictures at a time; default: 16" },
    { "hints", 0, GAN_FLAG_NUMBER, AT(hints), "N", 0, 512,
      .help = "places whose true colour a model of hints is shown" },
    { 0 },
};

static const gan_syntax syntax = {
    .name = "eval",
    .arguments = "MODEL --data DIR",
    .help =
        "Measures how well the checkpoint MODEL colours photographs: short side to the size, centre crop, original\n"
        "luminance, 8-bit RGB, running statistics, no dropout. A model that is not clearly better than gray has\n"
        "learnt nothing.",
    .flags = flags,
    .least = 1,
    .most = 1,
    .computes = 1,
};

struct run {
    gan_colorizer *colorizer;
    int size;
    gan_bar bar;
    uint64_t done, total;
};

static int predict(void *ctx, int n, const float *x, float *y)
{
    struct run *r = ctx;
    if (gan_colorizer_run(r->colorizer, n, r->size, r->size, x, y)) return -1;
    r->done += (uint64_t)n;
    if (r->done > r->total) r->done = r->total; /* the last batch may be filled up */
    gan_bar_show(&r->bar, &(gan_progress){ "measuring", "", r->done, r->total });
    return 0;
}

static double images_per_s(const gan_scores *s)
{
    return s->seconds > 0 ? (double)s->images / s->seconds : 0;
}

/* JSON knows no NaN: SSIM is none below its window of 11 pixels. */
static json_t *number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static int print_json(const gan_scores *s)
{
    json_t *o =
        json_pack("{so so so so so so so sI sI so}", "psnr", number(s->psnr), "ssim", number(s->ssim), "colourfulness",
                  number(s->colourfulness), "colourfulness_true", number(s->colourfulness_true), "l1", number(s->l1),
                  "gray_psnr", number(s->gray_psnr), "gray_l1", number(s->gray_l1), "images", (json_int_t)s->images,
                  "skipped", (json_int_t)s->skipped, "images_per_s", number(images_per_s(s)));
    if (!o) return gan_error("out of memory");
    json_dumpf(o, stdout, JSON_REAL_PRECISION(9)); /* a failed write is seen when stdout is closed */
    putchar('\n');
    json_decref(o);
    return 0;
}

static void print_table(const gan_scores *s, int size)
{
    printf("%zu pictures of %dx%d pixels", s->images, size, size);
    if (s->skipped) printf(", %zu unreadable ones skipped", s->skipped);
    printf(", %.1f images/s\n\n", images_per_s(s));
    printf("               generated     gray     true\n");
    printf("psnr, dB        %8.2f %8.2f\n", s->psnr, s->gray_psnr);
    printf("ssim            %8.4f\n", s->ssim);
    printf("l1              %8.4f %8.4f\n", s->l1, s->gray_l1);
    printf("colourfulness   %8.2f %8.2f %8.2f\n", s->colourfulness, 0.0, s->colourfulness_true);
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
    gan_task task = gan_task_of(gan_colorizer_config(r->colorizer));
    gan_evaluate_opt how = { .task = &task, .size = r->size, .batch = (int)o->batch, .hints = (int)o->hints };
    if (o->hints && !task.hints) return gan_error("this model takes no hints: it was trained with data.hints = false");
    gan_dataset *d = open_data(&task, o);
    if (!d) return -1;
    r->total = gan_dataset_count(d);
    gan_bar_init(&r->bar, stderr);
    gan_messages_over(&r->bar);
    int failed = gan_evaluate(d, &how, predict, r, &s);
    gan_messages_over(NULL);
    gan_bar_finish(&r->bar);
    gan_dataset_free(d);
    if (failed) return -1;
    if (o->json) return print_json(&s);
    print_table(&s, r->size);
    return 0;
}

int gan_cmd_eval(int argc, char **argv)
{
    struct options o = { .batch = 16 };
    gan_arguments a;
    int end = gan_parse(&syntax, argc, argv, &o, &a);
    if (end >= 0) return end;
    struct run r = { .colorizer = gan_colorizer_open(a.item[0]) };
    if (!r.colorizer) return gan_failed();
    int multiple = gan_colorizer_multiple(r.colorizer);
    r.size = (int)(o.size ? o.size : gan_colorizer_config(r.colorizer)->data.size);
    if (r.size % multiple)
        end = gan_usage_error(&syntax, "--size: this model takes multiples of %d", multiple);
    else
        end = measure(&r, &o) ? gan_failed() : GAN_EXIT_DONE;
    gan_colorizer_free(r.colorizer);
    return end;
}

/* gan classify: what the pretrained classifier takes pictures for; shows that its weights were read aright. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "cli/cli.h"
#include "gan/classifier.h"
#include "gan/mem.h"

struct options {
    const char *labels;
    int gray, json;
    int64_t top;
};

#define AT(field) offsetof(struct options, field)
static const gan_flag flags[] = {
    { "labels", 'l', GAN_FLAG_TEXT, AT(labels), "FILE", .help = "names of the classes, one a line, 1000 lines" },
    { "gray", 'g', GAN_FLAG_SWITCH, AT(gray), .help = "look at the luminance only, as a colorizer has to" },
    { "top", 't', GAN_FLAG_NUMBER, AT(top), "N", 1, GAN_CLASSES, .help = "classes a picture; default: 5" },
    { "json", 0, GAN_FLAG_SWITCH, AT(json), .help = "print a JSON object a line and picture" },
    { 0 },
};

static const gan_syntax syntax = {
    .name = "classify",
    .arguments = "WEIGHTS PICTURE...",
    .help = "Says what SqueezeNet v1.0, with its weights in a safetensors file, takes pictures for: the likeliest of\n"
            "ImageNet's 1000 classes, by number from 0, with their probabilities.",
    .flags = flags,
    .least = 2,
    .most = -1,
    .computes = 1,
};

/* Names of the classes, lines of one block. */
struct labels {
    char *text; /* owned; NULL: there are none */
    const char *name[GAN_CLASSES];
};

static int read_labels(struct labels *l, const char *path)
{
    enum { MOST_BYTES = 1 << 20 };
    l->text = gan_file_text(path, MOST_BYTES, "a list of classes");
    if (!l->text) return -1;
    char *at = l->text;
    for (int i = 0; i < GAN_CLASSES; i++) {
        if (!*at) return gan_error("'%s' has %d lines, not %d", path, i, GAN_CLASSES);
        l->name[i] = at;
        at += strcspn(at, "\n");
        if (*at) *at++ = '\0';
    }
    return *at ? gan_error("'%s' has more than %d lines", path, GAN_CLASSES) : 0;
}

struct result { /* of one picture */
    float score[GAN_CLASSES], probability[GAN_CLASSES];
    int order[GAN_CLASSES]; /* as many as are shown, the likeliest first */
};

/* Equal ones by number. */
static void find_best(struct result *r, int top)
{
    char taken[GAN_CLASSES] = { 0 };
    for (int k = 0; k < top; k++) {
        int best = -1;
        for (int i = 0; i < GAN_CLASSES; i++)
            if (!taken[i] && (best < 0 || r->score[i] > r->score[best])) best = i;
        taken[best] = 1;
        r->order[k] = best;
    }
}

static int print_json(const char *path, const struct result *r, const struct labels *l, int top)
{
    json_t *o = json_object(), *list = json_array();
    int bad = json_object_set_new(o, "file", json_string(path));
    for (int k = 0; k < top; k++) {
        int i = r->order[k];
        json_t *row =
            json_pack("{si sf sf}", "class", i, "probability", (double)r->probability[i], "score", (double)r->score[i]);
        if (l->text) bad |= json_object_set_new(row, "name", json_string(l->name[i]));
        bad |= json_array_append_new(list, row);
    }
    bad |= json_object_set_new(o, "classes", list);
    if (!bad) json_dumpf(o, stdout, JSON_COMPACT | JSON_REAL_PRECISION(9));
    if (!bad) putchar('\n');
    json_decref(o);
    return bad ? gan_error("'%s': its name, or that of a class, is no UTF-8", path) : 0;
}

static int print_text(const char *path, const struct result *r, const struct labels *l, int top)
{
    gan_print_visible(path, stdout);
    putchar('\n');
    for (int k = 0; k < top; k++) {
        int i = r->order[k];
        printf("  %6.2f %%  %3d", 100 * (double)r->probability[i], i);
        if (l->text) printf("  ");
        if (l->text) gan_print_visible(l->name[i], stdout);
        putchar('\n');
    }
    return 0;
}

static int classify(gan_classifier *c, const char *path, const struct labels *l, const struct options *o)
{
    gan_image im = { 0 };
    struct result r;
    if (gan_image_load(&im, path, 0)) return -1;
    int failed = gan_classifier_run(c, &im, r.score);
    gan_image_release(&im);
    if (failed) return gan_error_in("'%s'", path);
    memcpy(r.probability, r.score, sizeof r.score);
    gan_classifier_softmax(r.probability);
    find_best(&r, (int)o->top);
    return (o->json ? print_json : print_text)(path, &r, l, (int)o->top);
}

int gan_cmd_classify(int argc, char **argv)
{
    struct options o = { .top = 5 };
    struct labels l = { 0 };
    gan_arguments a;
    int end = gan_parse(&syntax, argc, argv, &o, &a);
    if (end >= 0) return end;
    gan_classifier *c = o.labels && read_labels(&l, o.labels) ? NULL : gan_classifier_open(a.item[0], o.gray);
    end = c ? GAN_EXIT_DONE : gan_failed();
    for (int i = 1; c && i < a.count; i++)
        if (classify(c, a.item[i], &l, &o)) end = gan_failed();
    gan_classifier_free(c);
    gan_mem_free(l.text);
    return end;
}

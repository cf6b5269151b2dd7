/* gan colorize: colours pictures and folders of them. */
#include <string.h>

#include "base/folder.h"
#include "cli/cli.h"
#include "cli/pairs.h"
#include "gan/colorize.h"
#include "gan/log.h"
#include "gan/mem.h"

struct options {
    const char *output;
};

static const gan_flag flags[] = {
    { "output", 'o', GAN_FLAG_TEXT, offsetof(struct options, output), "OUT", .required = 1,
      .help = "file, or folder for many; made if it is not there" },
    { 0 },
};

static const gan_syntax syntax = {
    .name = "colorize",
    .arguments = "MODEL INPUT... -o OUT",
    .help =
        "Colours PNG and JPEG pictures of any size, gray or colour, with the checkpoint MODEL. Their luminance stays\n"
        "as it is. Of an INPUT that is a folder all pictures are coloured, and OUT gets its structure. Pictures that\n"
        "cannot be read are named and left out; inputs are never overwritten.",
    .flags = flags,
    .least = 2,
    .most = -1,
    .computes = 1,
};

/* Makes the folder that a file lies in. */
static int make_parent(const char *path)
{
    char *folder = gan_mem_text(path), *slash = folder ? strrchr(folder, '/') : NULL;
    int result = folder ? 0 : -1;
    if (slash && slash != folder) {
        *slash = '\0';
        result = gan_folder_make(folder);
    }
    gan_mem_free(folder);
    return result;
}

/* Messages name the file. */
static int colour(gan_colorizer *c, const gan_pair *pair, int make_folder)
{
    gan_image in = { 0 }, out = { 0 };
    int result = -1;
    if (gan_image_load(&in, pair->in, 0)) goto done;
    if (gan_colorizer_image(c, &in, &out)) {
        gan_error_in("cannot colour '%s'", pair->in);
        goto done;
    }
    if (make_folder && make_parent(pair->out)) goto done;
    result = gan_image_save(&out, pair->out);
done:
    gan_image_release(&in);
    gan_image_release(&out);
    return result;
}

/* Returns how many failed. */
static size_t colour_all(gan_colorizer *c, const gan_pairs *p)
{
    size_t failed = 0;
    gan_bar bar;
    gan_bar_init(&bar, stderr);
    gan_messages_over(&bar);
    for (size_t i = 0; i < p->count; i++) {
        gan_bar_show(&bar, &(gan_progress){ "colouring", "", i, p->count });
        if (!colour(c, &p->item[i], p->into_folder)) continue;
        gan_log(GAN_LOG_WARN, "%s", gan_error_message());
        failed++;
    }
    gan_messages_over(NULL);
    gan_bar_finish(&bar);
    return failed;
}

static int run(const char *model, const gan_pairs *p)
{
    if (!p->count) return GAN_EXIT_FAILED; /* the warnings say why */
    gan_colorizer *c = gan_colorizer_open(model);
    if (!c) return gan_failed();
    size_t failed = colour_all(c, p);
    gan_colorizer_free(c);
    printf("%zu of %zu pictures coloured\n", p->count - failed, p->count);
    return failed || p->unusable ? GAN_EXIT_FAILED : GAN_EXIT_DONE;
}

int gan_cmd_colorize(int argc, char **argv)
{
    struct options o = { 0 };
    gan_arguments a;
    gan_pairs pairs = { 0 };
    int end = gan_parse(&syntax, argc, argv, &o, &a);
    if (end >= 0) return end;
    end = gan_pairs_make(&pairs, a.count - 1, a.item + 1, o.output) ? gan_failed() : run(a.item[0], &pairs);
    gan_pairs_release(&pairs);
    return end;
}

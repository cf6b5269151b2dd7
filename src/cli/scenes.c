/* gan scenes: writes the procedural data set as files. */
#include <inttypes.h>
#include <string.h>

#include "base/folder.h"
#include "cli/cli.h"
#include "gan/mem.h"
#include "gan/parallel.h"
#include "gan/scene.h"

struct options {
    int64_t count, size, seed, first;
};

#define AT(field) offsetof(struct options, field)
static const gan_flag flags[] = {
    { "count", 'n', GAN_FLAG_NUMBER, AT(count), "N", 1, 1e9, .help = "pictures; default: 100" },
    { "size", 's', GAN_FLAG_NUMBER, AT(size), "S", 16, 4096, .help = "their side, pixels; default: 128" },
    { "seed", 0, GAN_FLAG_NUMBER, AT(seed), "K", 0, 9e15, .help = "the set they are from; default: 1" },
    { "first", 0, GAN_FLAG_NUMBER, AT(first), "N", 0, 1e9, .help = "number of the first one; default: 0" },
    { 0 },
};

static const gan_syntax syntax = {
    .name = "scenes",
    .arguments = "DIR",
    .help = "Draws landscapes and streets into DIR as scene_000000.png and so on. The same seed and number always give "
            "the same picture.",
    .flags = flags,
    .least = 1,
    .most = 1,
    .computes = 1,
};

enum { AT_ONCE = 32 };

struct drawing {
    const struct options *o;
    const char *folder;
    int64_t done; /* pictures before these */
    struct result {
        int failed;
        char reason[512];
    } result[AT_ONCE];
};

static int draw(const struct drawing *d, int64_t number)
{
    gan_image im = { 0 };
    char *path = gan_mem_printf("%s/scene_%06" PRId64 ".png", d->folder, number);
    int failed = !path || gan_scene_draw(&im, (uint64_t)d->o->seed, (uint64_t)number, (int)d->o->size) ||
                 gan_image_save(&im, path);
    gan_image_release(&im);
    gan_mem_free(path);
    return failed;
}

static void draw_one(void *ctx, size_t i)
{
    struct drawing *d = ctx;
    struct result *r = &d->result[i];
    r->failed = draw(d, d->o->first + d->done + (int64_t)i);
    if (r->failed) snprintf(r->reason, sizeof r->reason, "%s", gan_error_message());
}

static int draw_all(struct drawing *d, gan_bar *bar)
{
    int64_t count = d->o->count;
    while (d->done < count) {
        int64_t n = count - d->done < AT_ONCE ? count - d->done : AT_ONCE;
        gan_parallel_each((size_t)n, draw_one, d);
        for (int64_t i = 0; i < n; i++)
            if (d->result[i].failed) return gan_error("%s", d->result[i].reason);
        d->done += n;
        gan_bar_show(bar, &(gan_progress){ "drawing", "", (uint64_t)d->done, (uint64_t)count });
    }
    return 0;
}

int gan_cmd_scenes(int argc, char **argv)
{
    struct options o = { .count = 100, .size = 128, .seed = 1 };
    gan_arguments a;
    int end = gan_parse(&syntax, argc, argv, &o, &a);
    if (end >= 0) return end;
    gan_bar bar;
    struct drawing d = { .o = &o, .folder = a.item[0] };
    if (gan_folder_make(d.folder)) return gan_failed();
    gan_bar_init(&bar, stderr);
    int failed = draw_all(&d, &bar);
    gan_bar_finish(&bar);
    if (failed) return gan_failed();
    printf("%" PRId64 " pictures of %" PRId64 "x%" PRId64 " pixels in '", o.count, o.size, o.size);
    gan_print_visible(d.folder, stdout);
    printf("'\n");
    return GAN_EXIT_DONE;
}

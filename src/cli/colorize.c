/* gan colorize: colours pictures, folders of them, streams and video. */
#define _POSIX_C_SOURCE 200809L
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/folder.h"
#include "cli/cli.h"
#include "cli/crew.h"
#include "gan/atomic_file.h"

struct options {
    const char *output, *y4m, *method, *reference, *rules, *scribbles, *hints;
    double scale, strength, smooth;
    int64_t tile, quality;
    int upsampling, matrix;
};

static const gan_flag flags[] = {
    { "output", 'o', GAN_FLAG_TEXT, offsetof(struct options, output), "OUT", .required = 1,
      .help = "file, or folder for many, made if it is not there; - for standard output" },
    { "method", 'm', GAN_FLAG_TEXT, offsetof(struct options, method), "NAME",
      .help = "instead of a MODEL: gray, levin, reinhard, welsh, regions or rules" },
    { "reference", 0, GAN_FLAG_TEXT, offsetof(struct options, reference), "PICTURE",
      .help = "that lends reinhard, welsh and regions its colours" },
    { "scribbles", 0, GAN_FLAG_TEXT, offsetof(struct options, scribbles), "PICTURE",
      .help = "colours for levin to spread: what is not transparent, or not gray; of the size of the one INPUT" },
    { "hints", 0, GAN_FLAG_TEXT, offsetof(struct options, hints), "PICTURE",
      .help = "the same for a MODEL that was trained with hints" },
    { "rules", 0, GAN_FLAG_TEXT, offsetof(struct options, rules), "FILE",
      .help = "for rules, instead of those built in" },
    { "scale", 0, GAN_FLAG_REAL, offsetof(struct options, scale), "F|PIXELS", 0.1, 16384,
      .help = "what the network sees: times its trained size, or above 16 pixels of the short side" },
    { "tile", 0, GAN_FLAG_NUMBER, offsetof(struct options, tile), "N", 1, 16384,
      .help = "the network sees the picture itself, in tiles of N pixels; exact, and slow" },
    { "strength", 0, GAN_FLAG_REAL, offsetof(struct options, strength), "F", 0, 2,
      .help = "scales chroma; default: 1" },
    { "upsample", 0, GAN_FLAG_CHOICE, offsetof(struct options, upsampling), "guided|bicubic",
      .help = "guided: colours stop at edges; the default" },
    { "quality", 0, GAN_FLAG_NUMBER, offsetof(struct options, quality), "N", 1, 100, .help = "of JPEG; default: 95" },
    { "y4m", 0, GAN_FLAG_TEXT, offsetof(struct options, y4m), "INPUT",
      .help = "a YUV4MPEG2 video; - for standard input" },
    { "y4m-matrix", 0, GAN_FLAG_CHOICE, offsetof(struct options, matrix), "bt601|bt709",
      .help = "of the video's colours; default: bt601" },
    { "smooth", 0, GAN_FLAG_REAL, offsetof(struct options, smooth), "F", 0, 0.99,
      .help = "video: share of a frame's chroma that comes from those before; default: 0.8" },
    { 0 },
};

static const gan_syntax syntax = {
    .name = "colorize",
    .arguments = "MODEL|--method NAME INPUT... -o OUT",
    .help =
        "Colours PNG and JPEG pictures of any size, gray or colour, with the checkpoint MODEL, or by a method that\n"
        "has no network: it spreads scribbles, borrows from a reference, or follows rules. Their luminance stays\n"
        "as it is, 16-bit PNG stay so, EXIF and ICC profiles are kept. Of an INPUT that is a folder all pictures are\n"
        "coloured, and OUT gets its structure; an INPUT of - is standard input. Pictures that cannot be read are "
        "named\n"
        "and left out; inputs are never overwritten. With --y4m there is no INPUT but the video:\n"
        "    ffmpeg -i OLD -f yuv4mpegpipe - | gan colorize MODEL --y4m - -o - | ffmpeg -i - NEW\n"
        "Y is taken as gray, 16 black and 235 white (0 and 255 where the stream says so), on sRGB's curve.",
    .flags = flags,
    .least = 1,
    .most = -1,
    .computes = 1,
};

enum { MOST_FACTOR = 16 }; /* of --scale; above are pixels */

/* The short side that --scale asks for; 0: not given. */
static int side_of(const gan_colorizer *c, double scale)
{
    return (int)lround(scale > MOST_FACTOR ? scale : scale * (double)gan_colorizer_config(c)->data.size);
}

/* A model, or a method with what it needs. */
struct painter {
    gan_colorizer *c;     /* owned */
    gan_classic *classic; /* owned */
    gan_scribbles scribbles;
    gan_errand errand;
};

static void painter_release(struct painter *p)
{
    gan_colorizer_free(p->c);
    gan_classic_free(p->classic);
    gan_scribbles_release(&p->scribbles);
}

static int open_method(struct painter *p, const struct options *o)
{
    p->classic = gan_classic_open(o->method, &(gan_classic_opt){ o->reference, o->rules });
    if (!p->classic || (o->scribbles && gan_scribbles_load(&p->scribbles, o->scribbles))) return -1;
    unsigned needs = gan_classic_get_info(p->classic)->needs & GAN_NEEDS_SCRIBBLES;
    if (needs && !o->scribbles) return gan_error("method '%s' needs --scribbles", o->method);
    if (!needs && o->scribbles) return gan_error("method '%s' takes no scribbles", o->method);
    p->errand.classic = p->classic;
    p->errand.scribbles = o->scribbles ? &p->scribbles : NULL;
    return 0;
}

static int open_model(struct painter *p, const struct options *o)
{
    gan_tiling t;
    if (!(p->c = gan_colorizer_open(p->errand.model))) return -1;
    p->errand.colouring.side = side_of(p->c, o->scale);
    p->errand.colouring.tile = (int)o->tile;
    p->errand.colouring.upsampling = (enum gan_upsampling)o->upsampling;
    if (o->hints && gan_scribbles_load(&p->scribbles, o->hints)) return -1;
    p->errand.colouring.hints = o->hints ? &p->scribbles : NULL;
    return o->tile ? gan_colorize_tiling(p->c, 1, 1, (int)o->tile, &t) : 0;
}

/* What all pictures have in common; opens the model to know its size and to try tiles before any picture is read. model
 * NULL: a method. */
static int painter_open(struct painter *p, const char *model, const struct options *o)
{
    *p = (struct painter){ .errand = {
                               .model = model, .colouring = gan_colouring_default(), .quality = (int)o->quality } };
    p->errand.colouring.strength = o->strength;
    if (!(model ? open_model(p, o) : open_method(p, o))) return 0;
    painter_release(p);
    return -1;
}

/* One picture from or to a pipe. */
static int run_stream(const char *model, const struct options *o, const char *in)
{
    struct painter p;
    if (painter_open(&p, model, o)) return gan_failed();
    int failed = gan_errand_run(p.c, &p.errand, in, o->output, 0);
    painter_release(&p);
    return failed ? gan_failed() : GAN_EXIT_DONE;
}

static int run_pictures(const char *model, const struct options *o, const gan_pairs *pairs)
{
    struct painter p;
    size_t failed;
    if (!pairs->count) return GAN_EXIT_FAILED; /* the warnings say why */
    if (painter_open(&p, model, o)) return gan_failed();
    int begun = !gan_crew_run(p.c, &p.errand, pairs, &failed);
    painter_release(&p);
    if (!begun) return gan_failed();
    printf("%zu of %zu pictures coloured\n", pairs->count - failed, pairs->count);
    return failed || pairs->unusable ? GAN_EXIT_FAILED : GAN_EXIT_DONE;
}

static int run_pairs(const char *model, const struct options *o, int count, char **inputs)
{
    gan_pairs pairs = { 0 };
    int end = gan_pairs_make(&pairs, count, inputs, o->output) ? gan_failed() : run_pictures(model, o, &pairs);
    gan_pairs_release(&pairs);
    return end;
}

/* Video */

static int run_film(gan_colorizer *c, const gan_film *film, const char *name, FILE *in, FILE *out)
{
    gan_bar bar;
    uint64_t frames;
    gan_bar_init(&bar, stderr);
    gan_messages_over(&bar);
    int failed = gan_colorize_film(c, film, name, in, out, gan_bar_show, &bar, &frames);
    gan_messages_over(NULL);
    gan_bar_finish(&bar);
    if (!failed) gan_say("%llu frames coloured", (unsigned long long)frames);
    return failed;
}

/* A file appears when it is whole; a pipe gets frames as they come. */
static int film_to(gan_colorizer *c, const gan_film *film, const char *name, FILE *in, const char *output)
{
    gan_atomic_file f;
    if (gan_is_stream(output)) return run_film(c, film, name, in, stdout);
    if (gan_atomic_open(&f, output)) return -1;
    if (!run_film(c, film, name, in, f.stream)) return gan_atomic_commit(&f);
    gan_atomic_abandon(&f);
    return -1;
}

static int film_from(gan_colorizer *c, const gan_film *film, const char *input, const char *output)
{
    uint64_t bytes;
    if (gan_is_stream(input)) return film_to(c, film, "standard input", stdin, output);
    if (!gan_is_stream(output) && gan_check_output(input, output)) return -1;
    FILE *in = gan_file_open(input, &bytes);
    if (!in) return -1;
    int failed = film_to(c, film, input, in, output);
    fclose(in);
    return failed;
}

static int run_y4m(const char *model, const struct options *o)
{
    struct painter p;
    if (painter_open(&p, model, o)) return gan_failed();
    gan_film film = { p.errand.colouring, o->smooth, (enum gan_yuv_matrix)o->matrix };
    int failed = film_from(p.c, &film, o->y4m, o->output);
    painter_release(&p);
    return failed ? gan_failed() : GAN_EXIT_DONE;
}

/* What the table of flags cannot say: -1, or the exit code of a complaint. */
static int check_model(const struct options *o)
{
    if (o->method && (o->y4m || o->tile || o->hints || o->scale > 0))
        return gan_usage_error(&syntax, "--y4m, --tile, --hints and --scale are for a MODEL, not for --method");
    if (o->hints && o->y4m) return gan_usage_error(&syntax, "--hints are not for video");
    if (!o->method && (o->reference || o->rules || o->scribbles))
        return gan_usage_error(&syntax, "--reference, --rules and --scribbles are for --method");
    return -1;
}

/* The same; the inputs are count. Colours at places of one picture are wrong for all others. */
static int check_inputs(const struct options *o, int count, char **inputs)
{
    int streams = 0;
    for (int i = 0; i < count; i++) streams += gan_is_stream(inputs[i]);
    if (o->y4m && count > 0) return gan_usage_error(&syntax, "unexpected argument '%s' beside --y4m", inputs[0]);
    if (o->y4m && o->tile) return gan_usage_error(&syntax, "--tile is not for video");
    if (!o->y4m && count < 1) return gan_usage_error(&syntax, "too few arguments");
    if ((streams || gan_is_stream(o->output)) && count > 1)
        return gan_usage_error(&syntax, "standard input or output is for one picture");
    if ((o->hints || o->scribbles) && (count > 1 || gan_folder_is(inputs[0])))
        return gan_usage_error(&syntax, "%s are for one INPUT, not for a folder or many",
                               o->hints ? "--hints" : "--scribbles");
    if (gan_is_stream(o->output) && isatty(STDOUT_FILENO))
        return gan_usage_error(&syntax, "standard output is a terminal: redirect it");
    return -1;
}

int gan_cmd_colorize(int argc, char **argv)
{
    struct options o = { .strength = 1, .smooth = 0.8, .quality = GAN_QUALITY };
    gan_arguments a;
    int end = gan_parse(&syntax, argc, argv, &o, &a);
    if (end >= 0 || (end = check_model(&o)) >= 0) return end;
    const char *model = o.method ? NULL : a.item[0];
    char **inputs = a.item + !o.method;
    int count = a.count - !o.method;
    if ((end = check_inputs(&o, count, inputs)) >= 0) return end;
    if (o.y4m) return run_y4m(model, &o);
    if (gan_is_stream(inputs[0]) || gan_is_stream(o.output)) return run_stream(model, &o, inputs[0]);
    return run_pairs(model, &o, count, inputs);
}

/* Source: the YUV4MPEG2 description of mjpegtools, yuv4mpeg(5). */
#include "image/y4m.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gan/error.h"
#include "gan/mem.h"

enum { MOST_SIDE = 16384 };

static const char magic[] = "YUV4MPEG2", frame_magic[] = "FRAME";

enum { C420 }; /* what mono is written as, and what a missing tag means */
static const gan_sampling samplings[] = {
    [C420] = { "420jpeg", 1, 2, 2, 0, 0 },
    { "420mpeg2", 1, 2, 2, 1, 1 },
    { "420paldv", 1, 2, 2, 1, 2 },
    { "420", 1, 2, 2, 0, 3 },
    { "422", 1, 2, 1, 1, 4 },
    { "444", 1, 1, 1, 0, 5 },
    { "mono", 0, 1, 1, 0, C420 },
};
enum { SAMPLINGS = sizeof samplings / sizeof *samplings };

const gan_sampling *gan_sampling_of(int row)
{
    return &samplings[row];
}

/* Headers */

/* A line without its end, into text of GAN_Y4M_LINE bytes: 1; 0 if the stream has ended before it. */
static int read_line(const gan_y4m *v, FILE *in, char *text)
{
    size_t n = 0;
    for (int c; (c = getc(in)) != '\n'; text[n++] = (char)c) {
        if (c == EOF && !n && !ferror(in)) return 0;
        if (c == EOF) return gan_error("cannot read '%s': it ends within a header", v->name);
        if (c < ' ' || c > '~') return gan_error("'%s' is no YUV4MPEG2 video: byte %d in a header", v->name, c);
        if (n == GAN_Y4M_LINE - 1)
            return gan_error("'%s' is no YUV4MPEG2 video: a header of more than %d bytes", v->name, GAN_Y4M_LINE);
    }
    text[n] = '\0';
    return 1;
}

/* What comes behind the first word, with its blank; NULL: it is another word. */
static const char *behind(const char *line, const char *word)
{
    size_t n = strlen(word);
    return !strncmp(line, word, n) && (line[n] == ' ' || !line[n]) ? line + n : NULL;
}

static int read_side(gan_y4m *v, const char *value, int *side)
{
    char *end;
    long n = strtol(value, &end, 10);
    if (*value < '0' || *value > '9' || *end || n < 1 || n > MOST_SIDE)
        return gan_error("cannot read '%s': a side of '%.32s' pixels is not within 1 and %d", v->name, value,
                         MOST_SIDE);
    *side = (int)n;
    return 0;
}

static int read_width(gan_y4m *v, const char *value)
{
    return read_side(v, value, &v->w);
}

static int read_height(gan_y4m *v, const char *value)
{
    return read_side(v, value, &v->h);
}

static int read_sampling(gan_y4m *v, const char *value)
{
    for (int i = 0; i < SAMPLINGS; i++)
        if (!strcmp(samplings[i].name, value)) {
            v->sampling = i;
            return 0;
        }
    return gan_error("cannot read '%s': samples are C%.32s; known are 420jpeg, 420mpeg2, 420paldv, 420, 422, 444 and "
                     "mono, of 8 bits",
                     v->name, value);
}

/* tag: from its letter on. Both lines are of GAN_Y4M_LINE bytes, and tags are copied once each: they fit. */
static int carry(gan_y4m *v, const char *tag)
{
    size_t n = strlen(v->tags);
    snprintf(v->tags + n, sizeof v->tags - n, " %s", tag);
    return 0;
}

static int read_extension(gan_y4m *v, const char *value)
{
    if (!strncmp(value, "YSCSS=", 6)) return 0; /* the chroma sampling once more */
    if (!strcmp(value, "COLORRANGE=FULL")) v->full_range = 1;
    return carry(v, value - 1);
}

static int read_other(gan_y4m *v, const char *value)
{
    return carry(v, value - 1);
}

static const struct tag {
    char letter;
    int (*read)(gan_y4m *v, const char *value);
} tags[] = {
    { 'W', read_width }, { 'H', read_height }, { 'C', read_sampling }, { 'X', read_extension },
    { 'F', read_other }, { 'I', read_other },  { 'A', read_other },
};

/* One tag of the first line. */
static int read_tag(gan_y4m *v, const char *text)
{
    for (size_t i = 0; i < sizeof tags / sizeof *tags; i++)
        if (tags[i].letter == *text) return tags[i].read(v, text + 1);
    return gan_error("cannot read '%s': unknown tag '%.32s'", v->name, text);
}

int gan_y4m_read_header(gan_y4m *v, const char *name, FILE *in)
{
    char line[GAN_Y4M_LINE];
    *v = (gan_y4m){ .sampling = C420, .name = name };
    int got = read_line(v, in, line);
    if (!got) return gan_error("'%s' is empty", name);
    const char *at = got > 0 ? behind(line, magic) : NULL;
    if (got < 0) return -1;
    if (!at) return gan_error("'%s' is no YUV4MPEG2 video", name);
    while (*(at += strspn(at, " "))) {
        char tag[GAN_Y4M_LINE];
        size_t n = strcspn(at, " ");
        snprintf(tag, sizeof tag, "%.*s", (int)n, at);
        if (read_tag(v, tag)) return -1;
        at += n;
    }
    if (!v->w || !v->h) return gan_error("cannot read '%s': its header has no width or no height", name);
    if ((size_t)v->w * (size_t)v->h > GAN_Y4M_MAX_PIXELS)
        return gan_error("cannot read '%s': frames of %dx%d pixels are more than %zu", name, v->w, v->h,
                         GAN_Y4M_MAX_PIXELS);
    return 0;
}

static const gan_sampling *written(const gan_y4m *v)
{
    return &samplings[samplings[v->sampling].written_as];
}

int gan_y4m_write_header(const gan_y4m *v, FILE *out)
{
    int failed = fprintf(out, "%s W%d H%d%s C%s\n", magic, v->w, v->h, v->tags, written(v)->name) < 0;
    return failed ? gan_error("cannot write the video's header") : 0;
}

/* Frames */

static size_t chroma_bytes(const gan_y4m *v, const gan_sampling *s)
{
    return s->chroma ? 2 * (size_t)gan_chroma_side(v->w, s->across) * (size_t)gan_chroma_side(v->h, s->down) : 0;
}

static size_t luma_bytes(const gan_y4m *v)
{
    return (size_t)v->w * (size_t)v->h;
}

int gan_y4m_frame_init(gan_y4m_frame *f, const gan_y4m *v)
{
    size_t in = chroma_bytes(v, &samplings[v->sampling]), out = chroma_bytes(v, written(v));
    *f = (gan_y4m_frame){ .planes = gan_mem_alloc(luma_bytes(v) + (in > out ? in : out), 1) };
    return f->planes ? 0 : -1;
}

void gan_y4m_frame_release(gan_y4m_frame *f)
{
    gan_mem_free(f->planes);
    *f = (gan_y4m_frame){ 0 };
}

int gan_y4m_read_frame(const gan_y4m *v, gan_y4m_frame *f, FILE *in)
{
    char line[GAN_Y4M_LINE];
    int got = read_line(v, in, line);
    if (got <= 0) return got;
    const char *at = behind(line, frame_magic);
    if (!at) return gan_error("cannot read '%s': no frame begins where one should", v->name);
    snprintf(f->tags, sizeof f->tags, "%s", at);
    size_t bytes = luma_bytes(v) + chroma_bytes(v, &samplings[v->sampling]);
    return fread(f->planes, 1, bytes, in) == bytes ? 1 : gan_error("cannot read '%s': it ends within a frame", v->name);
}

int gan_y4m_write_frame(const gan_y4m *v, const gan_y4m_frame *f, FILE *out)
{
    size_t bytes = luma_bytes(v) + chroma_bytes(v, written(v));
    int failed = fprintf(out, "%s%s\n", frame_magic, f->tags) < 0 || fwrite(f->planes, 1, bytes, out) != bytes;
    return failed ? gan_error("cannot write a frame: %s", strerror(errno)) : 0;
}

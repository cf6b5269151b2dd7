#include "gan/config.h"

#include <inttypes.h>
#include <string.h>

#include "base/config_parts.h"
#include "base/file.h"
#include "gan/error.h"
#include "gan/mem.h"

enum { FILE_MOST = 1 << 20 }; /* bytes; real ones have a few thousand */

void gan_config_defaults(gan_config *c)
{
    memset(c, 0, sizeof *c);
    for (const gan_config_section *s = gan_config_sections(); s->name; s++) gan_option_defaults(s->rows, c);
}

int64_t gan_config_load_size(const gan_config *c)
{
    return c->data.load_size ? c->data.load_size : c->data.size * 9 / 8;
}

int gan_config_writable(const gan_config_section *section, const gan_option *row, const char *value)
{
    static const char blanks[] = " \t";
    size_t length = strlen(value), line = strlen(row->name) + strlen(" = ") + length;
    if (line > GAN_CONFIG_LINE)
        return gan_error("%s.%s is longer than %zu bytes", section->name, row->name, GAN_CONFIG_LINE - (line - length));
    if (!length) return 0;
    int trimmed = strchr(blanks, value[0]) || strchr(blanks, value[length - 1]);
    if (trimmed) return gan_error("%s.%s: '%s' begins or ends with a blank", section->name, row->name, value);
    for (const char *p = strchr(value, ';'); p; p = strchr(p + 1, ';'))
        if (p == value || strchr(blanks, p[-1]))
            return gan_error("%s.%s: in '%s' a comment begins at ';'", section->name, row->name, value);
    return 0;
}

int gan_config_assign(gan_config *c, const gan_config_section *section, const gan_option *row, const char *value)
{
    if (gan_option_set(row, c, value)) return gan_error_in("%s.%s", section->name, row->name);
    return row->type == GAN_TEXT ? gan_config_writable(section, row, value) : 0;
}

/* One "section.key=value". */
static int override(gan_config *c, const char *set)
{
    char name[64], key[64]; /* longer ones are cut, and unknown all the same */
    size_t left = strcspn(set, "="), dot = strcspn(set, ".");
    if (!set[left] || dot > left) return gan_error("not of the form SECTION.KEY=VALUE");
    snprintf(name, sizeof name, "%.*s", (int)dot, set);
    snprintf(key, sizeof key, "%.*s", (int)(left - dot - 1), set + dot + 1);
    const gan_config_section *section = gan_config_section_named(name);
    const gan_option *row = section ? gan_config_row_named(section, key) : NULL;
    return row ? gan_config_assign(c, section, row, set + left + 1) : -1;
}

static int override_all(gan_config *c, int nset, const char *const *set)
{
    for (int i = 0; i < nset; i++)
        if (override(c, set[i])) return gan_error_in("'%.100s'", set[i]);
    return 0;
}

/* Which of the data's keys go together. */
static int check_data(const gan_config *c)
{
    int paired = c->data.layout == GAN_HALVES || c->data.layout == GAN_FOLDERS;
    int second = c->data.layout == GAN_FOLDERS || c->data.layout == GAN_UNPAIRED;
    int gray = c->data.input == GAN_INPUT_GRAY, rgb = c->data.colour_space == GAN_RGB;
    const struct {
        int broken;
        const char *rule;
    } rules[] = {
        { second && *c->data.train && !*c->data.train_b, "this data.layout needs a second folder, data.train_b" },
        { c->data.layout == GAN_FOLDERS && *c->data.val && !*c->data.val_b,
          "this data.layout needs a second folder, data.val_b" },
        { !gray && !rgb,
          "only data.input = gray has the luminance that spaces other than data.colour_space = rgb need" },
        { c->data.layout == GAN_UNPAIRED && !rgb, "data.layout = unpaired needs data.colour_space = rgb" },
        { c->data.layout == GAN_UNPAIRED && c->data.hints,
          "data.hints need pairs, which data.layout = unpaired lacks" },
        { c->data.direction == GAN_B_TO_A && !paired, "data.direction = b_to_a needs a data.layout of pairs" },
        { c->data.restore_luminance && !(gray && rgb),
          "data.restore_luminance needs data.input = gray and data.colour_space = rgb" },
        { c->augment.jitter > 0 && c->data.layout != GAN_SINGLE,
          "augment.jitter needs data.layout = single: it would part source and target" },
        { (c->augment.noise > 0 || c->augment.fade > 0) && !gray, "augment.noise and fade need data.input = gray" },
    };
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (rules[i].broken) return gan_error("%s", rules[i].rule);
    return 0;
}

/* What no row can see by itself. */
static int check(const gan_config *c)
{
    const char *name = c->run.name;
    if (strchr(name, '/') || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return gan_error("run.name: '%s' cannot be the name of a folder", name);
    if (gan_config_load_size(c) < c->data.size)
        return gan_error("data.load_size (%" PRId64 ") is below data.size (%" PRId64 ")", c->data.load_size,
                         c->data.size);
    if (check_data(c)) return -1;
    if (c->train.epochs + c->train.decay_epochs < 1)
        return gan_error("train.epochs and train.decay_epochs are both 0: nothing to do");
    if (!(c->loss.gan_weight > 0 || c->loss.l1 > 0 || c->loss.l2 > 0 || c->loss.perceptual > 0))
        return gan_error("loss.gan_weight, loss.l1, loss.l2 and loss.perceptual are all 0: nothing to learn");
    return 0;
}

int gan_config_parse(gan_config *c, const char *name, const char *text, int nset, const char *const *set)
{
    gan_config_defaults(c);
    if (gan_config_read_ini(c, name, text) || override_all(c, nset, set)) return -1;
    return check(c) ? gan_error_in("%s", name) : 0;
}

/* An unnamed run is called like its file: configs/photos64.ini gives photos64. */
static int name_after(gan_config *c, const char *path)
{
    static const char ending[] = ".ini";
    const gan_config_section *section = gan_config_section_named("run");
    const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
    size_t length = strlen(base), extra = strlen(ending);
    if (length >= extra && strcmp(base + length - extra, ending) == 0) length -= extra;
    gan_text name;
    snprintf(name, sizeof name, "%.*s", (int)length, base);
    if (gan_config_assign(c, section, gan_config_row_named(section, "name"), name))
        return gan_error_in("'%s' cannot name a run, set run.name", path);
    return *name ? check(c) : gan_error("'%s' cannot name a run, set run.name", path);
}

int gan_config_load(gan_config *c, const char *path, int nset, const char *const *set)
{
    char *text = gan_file_text(path, FILE_MOST, "a configuration");
    int bad = !text || gan_config_parse(c, path, text, nset, set);
    gan_mem_free(text);
    if (bad) return -1;
    return *c->run.name ? 0 : name_after(c, path);
}

char *gan_config_text(const gan_config *c)
{
    size_t lines = 0, used = 0, room;
    for (const gan_config_section *s = gan_config_sections(); s->name; s++, lines += 2)
        for (const gan_option *row = s->rows; row->name; row++) lines++;
    room = lines * (GAN_CONFIG_LINE + 1) + 1;
    char *text = gan_mem_alloc(room, 1);
    if (!text) return NULL;
    for (const gan_config_section *s = gan_config_sections(); s->name; s++) {
        used += (size_t)snprintf(text + used, room - used, "%s[%s]\n", used ? "\n" : "", s->name);
        for (const gan_option *row = s->rows; row->name; row++) {
            char value[GAN_TEXT_BYTES];
            gan_option_get(row, c, value);
            if (gan_config_writable(s, row, value)) goto fail;
            used += (size_t)snprintf(text + used, room - used, "%s =%s%s\n", row->name, *value ? " " : "", value);
        }
    }
    return text;
fail:
    gan_mem_free(text);
    return NULL;
}

int gan_config_compare(const gan_config *a, const gan_config *b, void (*report)(void *ctx, const char *key), void *ctx)
{
    int count = 0;
    for (const gan_config_section *s = gan_config_sections(); s->name; s++)
        for (const gan_option *row = s->rows; row->name; row++) {
            char mine[GAN_TEXT_BYTES], yours[GAN_TEXT_BYTES], key[128];
            gan_option_get(row, a, mine);
            gan_option_get(row, b, yours);
            if (strcmp(mine, yours) == 0) continue;
            snprintf(key, sizeof key, "%s.%s", s->name, row->name);
            if (report) report(ctx, key);
            count++;
        }
    return count;
}

int gan_config_is_local(const char *key)
{
    static const char *const local[] = { "data.train", "data.train_b",       "data.val",   "data.val_b",
                                         "loss.bins",  "generator.features", "run.threads" };
    for (size_t i = 0; i < sizeof local / sizeof *local; i++)
        if (!strcmp(key, local[i])) return 1;
    return 0;
}

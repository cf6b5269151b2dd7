#define _GNU_SOURCE
#include "gan/config.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gan/error.h"
#include "gan/mem.h"

#define EACH_ROW(section, row)                                                                                         \
    for (const gan_config_section *section = gan_config_sections(); section->name; section++)                          \
        for (const gan_option *row = section->rows; row->name; row++)

static int parse(gan_config *c, const char *text)
{
    return gan_config_parse(c, "x.ini", text, 0, NULL);
}

static int parse_set(gan_config *c, const char *set)
{
    return gan_config_parse(c, "x.ini", "", 1, &set);
}

static void expect_error(const char *text, const char *sentence)
{
    gan_config c;
    cr_expect_eq(parse(&c, text), -1, "%s", text);
    cr_expect_str_eq(gan_error_message(), sentence);
}

static void expect_set_error(const char *set, const char *sentence)
{
    gan_config c;
    cr_expect_eq(parse_set(&c, set), -1, "%s", set);
    cr_expect_str_eq(gan_error_message(), sentence);
}

static void expect_round_trip(const gan_config *c)
{
    gan_config back;
    char *text = gan_config_text(c);
    cr_assert(text, "%s", gan_error_message());
    cr_expect_eq(parse(&back, text), 0, "%s in\n%s", gan_error_message(), text);
    cr_expect_eq(memcmp(c, &back, sizeof back), 0);
    gan_mem_free(text);
}

Test(config, names_are_unique_and_rows_do_not_overlap)
{
    char *owner = calloc(1, sizeof(gan_config));
    static const size_t bytes[] = {
        [GAN_INT] = sizeof(int64_t), [GAN_FLOAT] = sizeof(double), [GAN_BOOL] = sizeof(int),
        [GAN_CHOICE] = sizeof(int),  [GAN_TEXT] = GAN_TEXT_BYTES,
    };
    EACH_ROW(s, row)
    {
        cr_expect_eq(gan_option_find(s->rows, row->name), row, "%s.%s twice", s->name, row->name);
        for (size_t i = 0; i < bytes[row->type]; i++) cr_expect_eq(owner[row->offset + i]++, 0, "%s", row->name);
    }
    free(owner);
}

Test(config, every_default_is_a_valid_value)
{
    gan_config c, set;
    gan_config_defaults(&c);
    gan_config_defaults(&set);
    EACH_ROW(s, row)
    {
        char value[GAN_TEXT_BYTES];
        gan_option_get(row, &c, value);
        cr_expect_eq(gan_option_set(row, &set, value), 0, "%s.%s: %s", s->name, row->name, gan_error_message());
        cr_expect(row->help && *row->help, "%s.%s has no help", s->name, row->name);
    }
    cr_expect_eq(gan_config_compare(&c, &set, NULL, NULL), 0);
}

/* A value other than the default, for any row. */
static void other_value(const gan_option *row, char *value)
{
    if (row->type == GAN_TEXT) snprintf(value, GAN_TEXT_BYTES, "other");
    if (row->type == GAN_BOOL) snprintf(value, GAN_TEXT_BYTES, "%s", row->initial > 0 ? "no" : "yes");
    if (row->type == GAN_CHOICE) snprintf(value, GAN_TEXT_BYTES, "%s", strrchr(row->text, '|') + 1);
    if (row->type == GAN_INT || row->type == GAN_FLOAT) snprintf(value, GAN_TEXT_BYTES, "%.17g", row->most);
}

static void collect(void *ctx, const char *key)
{
    snprintf(ctx, 128, "%s", key);
}

Test(config, every_key_is_set_read_back_and_compared)
{
    gan_config plain;
    gan_config_defaults(&plain);
    EACH_ROW(s, row)
    {
        if (row->type == GAN_CHOICE && !strchr(row->text, '|')) continue; /* has only one value */
        gan_config c = plain;
        char value[GAN_TEXT_BYTES], key[128], differs[128] = "", text[GAN_TEXT_BYTES];
        other_value(row, value);
        cr_expect_eq(gan_option_set(row, &c, value), 0, "%s.%s: %s", s->name, row->name, gan_error_message());
        gan_option_get(row, &c, text);
        cr_expect_eq(gan_option_set(row, &c, text), 0);
        snprintf(key, sizeof key, "%s.%s", s->name, row->name);
        cr_expect_eq(gan_config_compare(&plain, &c, collect, differs), 1, "%s", key);
        cr_expect_str_eq(differs, key);
        cr_expect_eq(gan_config_compare(&c, &c, collect, differs), 0);
    }
}

Test(config, every_key_refuses_wrong_types_and_values_out_of_range)
{
    gan_config c;
    gan_config_defaults(&c);
    EACH_ROW(s, row)
    {
        char low[64], high[64];
        snprintf(low, sizeof low, "%.17g", row->least - 1);
        snprintf(high, sizeof high, "%.17g", row->most * 2);
        const char *const bad[] = { row->type == GAN_TEXT ? "\x01" : "x1", row->type == GAN_TEXT ? "\xff" : "", low,
                                    high };
        int count = row->type == GAN_TEXT ? 2 : 4;
        for (int i = 0; i < count; i++)
            cr_expect_eq(gan_option_set(row, &c, bad[i]), -1, "%s.%s = '%s'", s->name, row->name, bad[i]);
    }
}

Test(config, defaults_are_those_of_the_paper)
{
    gan_config c;
    cr_assert_eq(parse(&c, ""), 0, "%s", gan_error_message());
    cr_expect_str_eq(c.run.name, "");
    cr_expect_eq(c.data.size, 256);
    cr_expect_eq(gan_config_load_size(&c), 288);
    cr_expect_eq(c.generator.levels, 8);
    cr_expect_eq(c.generator.dropout, 0.5);
    cr_expect_str_eq(c.discriminator.model, "patchgan");
    cr_expect_eq(c.loss.l1, 100);
    cr_expect_eq(c.optimizer.lr, 2e-4);
    cr_expect_eq(c.optimizer.schedule, GAN_SCHEDULE_LINEAR);
    cr_expect_eq(c.train.batch, 1);
    cr_expect_eq(c.train.epochs + c.train.decay_epochs, 200);
    cr_expect_eq(c.checkpoint.best, GAN_BEST_PSNR);
}

Test(config, reads_what_people_write)
{
    gan_config c;
    const char *text = "\xef\xbb\xbf; a comment\r\n"
                       "# another one ............................................................................."
                       "..........................................................................................."
                       "...........................................................................................\r\n"
                       "\r\n"
                       "[data] ; of photographs\r\n"
                       "  train = photos/train set ; a comment behind\r\n"
                       "\tval=a;b#c=d:e\r\n"
                       "size:64\r\n"
                       "   \t \r\n"
                       "[train]# here\n"
                       "\tbatch\t=\t16\t\n"
                       "[data]\n"
                       "load_size = 72";
    cr_assert_eq(parse(&c, text), 0, "%s", gan_error_message());
    cr_expect_str_eq(c.data.train, "photos/train set");
    cr_expect_str_eq(c.data.val, "a;b#c=d:e");
    cr_expect_eq(c.data.size, 64);
    cr_expect_eq(c.data.load_size, 72);
    cr_expect_eq(c.train.batch, 16);
    expect_round_trip(&c);
}

Test(config, errors_name_file_line_and_the_nearest_key)
{
    expect_error("[generator]\n\nfiltres = 3",
                 "x.ini:3: unknown key 'filtres' in [generator], did you mean 'filters'?");
    expect_error("[data]\nbatch = 3", "x.ini:2: unknown key 'batch' in [data]: 'batch' is in [train]");
    expect_error("[loss]\nlr = 3", "x.ini:2: unknown key 'lr' in [loss]: 'lr' is in [optimizer]");
    expect_error("[data]\nfilters = 3",
                 "x.ini:2: unknown key 'filters' in [data]: 'filters' is in [generator] and [discriminator]");
    expect_error("[data]\nepoch = 3", "x.ini:2: unknown key 'epoch' in [data], did you mean 'epochs' in [train]?");
    expect_error("[augment]\nlearning_rate = 3",
                 "x.ini:2: unknown key 'learning_rate' in [augment]; there are flip, rotate, shear, zoom, "
                 "jitter, noise, fade");
    expect_error("[dta]", "x.ini:1: unknown section [dta], did you mean [data]?");
    expect_error("[network]", "x.ini:1: unknown section [network]; there are [run] [data] [augment] [generator] "
                              "[discriminator] [loss] [optimizer] [train] [checkpoint]");
    expect_error("[data]\nsize = big", "x.ini:2: data.size: 'big' is not a whole number of 8 to 4096");
    expect_error("[data]\nsize = 4", "x.ini:2: data.size: '4' is not a whole number of 8 to 4096");
    expect_error("[data]\nsize =", "x.ini:2: data.size: '' is not a whole number of 8 to 4096");
    expect_error("[data]\nsize = 64 # px", "x.ini:2: data.size: '64 # px' is not a whole number of 8 to 4096");
    expect_error("[optimizer]\nbeta1 = 1", "x.ini:2: optimizer.beta1: '1' is not a number of 0 to 0.9999");
    expect_error("[generator]\nnorm = group", "x.ini:2: generator.norm: 'group' is not one of batch|instance|none");
    expect_error("[data]\ntrain = caf\xe9", "x.ini:2: data.train: 'caf\xe9' is not UTF-8");
}

Test(config, errors_of_form_name_the_line)
{
    expect_error("size = 3", "x.ini:1: 'size' stands before any [section]");
    expect_error("[data]\nsize", "x.ini:2: neither a [section] nor key = value nor a ; comment");
    expect_error("[data]\nsize\nsize = x", "x.ini:2: neither a [section] nor key = value nor a ; comment");
    expect_error("[data]\nsize = x\nsize", "x.ini:2: data.size: 'x' is not a whole number of 8 to 4096");
    expect_error("[data\nsize = 64", "x.ini:1: '[' without ']'");
    expect_error("[data] size = 64", "x.ini:1: text behind ']'");
    expect_error("[data]\nsize = 64\n[run]\n[data]\nsize = 64", "x.ini:5: 'size' in [data] is set in line 2 already");
    expect_error("[data]\n= 3", "x.ini:2: unknown key '' in [data]; there are train, val, train_b, val_b, "
                                "layout, direction, size, load_size, input, colour_space, restore_luminance, hints, "
                                "skip_gray, cache_mib");
}

Test(config, long_lines_are_errors)
{
    gan_config c;
    char text[5000], path[1000];
    memset(path, 'p', sizeof path);
    path[197 - strlen("train = ")] = '\0';
    snprintf(text, sizeof text, "[data]\ntrain = %s\n", path);
    cr_expect_eq(parse(&c, text), 0, "%s", gan_error_message());
    cr_expect_str_eq(c.data.train, path);
    expect_round_trip(&c);
    snprintf(text, sizeof text, "[data]\ntrain = %sp\n", path);
    expect_error(text, "x.ini:2: the line is longer than 197 bytes");
    snprintf(text, sizeof text, "[%s%s%s%s]\n", path, path, path, path);
    expect_error(text, "x.ini:1: the line is longer than 197 bytes");
    snprintf(text, sizeof text, "data.train=%sp", path);
    cr_expect_eq(parse_set(&c, text), -1);
    cr_expect(strstr(gan_error_message(), ": data.train is longer than 189 bytes"), "%s", gan_error_message());
}

Test(config, keys_that_do_not_fit_together_are_errors)
{
    expect_error("[data]\nload_size = 64\nsize = 65", "x.ini: data.load_size (64) is below data.size (65)");
    expect_error("[train]\nepochs = 0\ndecay_epochs = 0",
                 "x.ini: train.epochs and train.decay_epochs are both 0: nothing to do");
    expect_error("[loss]\nl1 = 0\ngan_weight = 0",
                 "x.ini: loss.gan_weight, loss.l1, loss.l2 and loss.perceptual are all 0: nothing to learn");
    expect_error("[run]\nname = a/b", "x.ini: run.name: 'a/b' cannot be the name of a folder");
    expect_error("[run]\nname = ..", "x.ini: run.name: '..' cannot be the name of a folder");
    expect_error("[run]\nname = .", "x.ini: run.name: '.' cannot be the name of a folder");
}

Test(config, set_overrides_the_file_before_the_checks)
{
    gan_config c;
    const char *const set[] = { "data.size=72", "train.batch=2", "train.batch=3", "data.train=a=b.c" };
    cr_assert_eq(gan_config_parse(&c, "x.ini", "[data]\nsize = 100\nload_size = 72", 4, set), 0, "%s",
                 gan_error_message());
    cr_expect_eq(c.data.size, 72);
    cr_expect_eq(c.train.batch, 3);
    cr_expect_str_eq(c.data.train, "a=b.c");
}

Test(config, wrong_overrides_are_errors)
{
    expect_set_error("generator.filtres=3",
                     "'generator.filtres=3': unknown key 'filtres' in [generator], did you mean 'filters'?");
    expect_set_error("dat.size=64", "'dat.size=64': unknown section [dat], did you mean [data]?");
    expect_set_error("data.size", "'data.size': not of the form SECTION.KEY=VALUE");
    expect_set_error("size=3.5", "'size=3.5': not of the form SECTION.KEY=VALUE");
    expect_set_error("", "'': not of the form SECTION.KEY=VALUE");
    expect_set_error("=", "'=': not of the form SECTION.KEY=VALUE");
    expect_set_error("data.size=", "'data.size=': data.size: '' is not a whole number of 8 to 4096");
    expect_set_error("run.name= a", "'run.name= a': run.name: ' a' begins or ends with a blank");
    expect_set_error("run.name=a ", "'run.name=a ': run.name: 'a ' begins or ends with a blank");
    expect_set_error("run.name=;a", "'run.name=;a': run.name: in ';a' a comment begins at ';'");
    expect_set_error("run.name=a;b ;c", "'run.name=a;b ;c': run.name: in 'a;b ;c' a comment begins at ';'");
    expect_set_error("run.name=a\nb", "'run.name=a\nb': run.name: 'a\nb' holds a control character");
}

Test(config, texts_round_trip)
{
    static const char *const names[] = { "",    "a b", "#a",    "a #b", "a;b", "[a]",
                                         "a=b", "=",   "\"a\"", "a\\",  ":",   "\xc3\xa9" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        gan_config c;
        char set[64];
        snprintf(set, sizeof set, "run.name=%s", names[i]);
        cr_expect_eq(parse_set(&c, set), 0, "%s", gan_error_message());
        cr_expect_str_eq(c.run.name, names[i]);
        expect_round_trip(&c);
    }
}

Test(config, every_extreme_round_trips)
{
    gan_config c;
    gan_config_defaults(&c);
    expect_round_trip(&c);
    EACH_ROW(s, row) if (row->type == GAN_INT) * (int64_t *)((char *)&c + row->offset) = (int64_t)row->most;
    EACH_ROW(s, row) if (row->type == GAN_FLOAT) * (double *)((char *)&c + row->offset) = row->most / 3;
    expect_round_trip(&c);
}

Test(config, a_text_that_would_not_read_back_is_refused)
{
    gan_config c;
    gan_config_defaults(&c);
    snprintf(c.run.name, sizeof c.run.name, "a ;b");
    cr_expect_null(gan_config_text(&c));
    cr_expect_str_eq(gan_error_message(), "run.name: in 'a ;b' a comment begins at ';'");
}

static char folder[64];

static void enter_folder(void)
{
    strcpy(folder, "/tmp/gan-config-XXXXXX");
    cr_assert(mkdtemp(folder));
    cr_assert_eq(chdir(folder), 0);
}

static void put(const char *path, const void *bytes, size_t n)
{
    FILE *f = fopen(path, "wb");
    cr_assert(f);
    cr_assert_eq(fwrite(bytes, 1, n, f), n);
    fclose(f);
}

static void expect_load_error(const char *path, const char *sentence)
{
    gan_config c;
    cr_expect_eq(gan_config_load(&c, path, 0, NULL), -1);
    cr_expect_str_eq(gan_error_message(), sentence);
}

Test(config, an_unnamed_run_is_called_like_its_file)
{
    enter_folder();
    gan_config c;
    static const char *const cases[][2] = { { "photos64.ini", "photos64" },
                                            { "plain", "plain" },
                                            { "a.b.ini", "a.b" } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char path[128];
        snprintf(path, sizeof path, "%s/%s", folder, cases[i][0]);
        put(path, "[data]\nsize = 64\n", 17);
        cr_expect_eq(gan_config_load(&c, path, 0, NULL), 0, "%s", gan_error_message());
        cr_expect_str_eq(c.run.name, cases[i][1]);
        cr_expect_eq(remove(path), 0);
    }
    const char *set = "run.name=mine";
    put("a.ini", "[run]\nname = theirs", 19);
    cr_expect_eq(gan_config_load(&c, "a.ini", 0, NULL), 0);
    cr_expect_str_eq(c.run.name, "theirs");
    cr_expect_eq(gan_config_load(&c, "a.ini", 1, &set), 0);
    cr_expect_str_eq(c.run.name, "mine");
    put(".ini", "", 0);
    put("...ini", "", 0);
    expect_load_error(".ini", "'.ini' cannot name a run, set run.name");
    expect_load_error("...ini", "run.name: '..' cannot be the name of a folder");
    remove("a.ini");
    remove(".ini");
    remove("...ini");
    cr_expect_eq(rmdir(folder), 0);
}

Test(config, files_that_are_no_configuration)
{
    enter_folder();
    cr_assert_eq(mkdir("folder", 0777), 0);
    cr_assert_eq(mkfifo("pipe", 0666), 0);
    put("zero", "[data]\0size = 3", 15);
    put("typo.ini", "[data]\nsise = 3", 15);
    char *large = calloc(1, (1 << 20) + 1);
    memset(large, '\n', (1 << 20) + 1);
    put("large", large, (1 << 20) + 1);
    put("largest", large, 1 << 20);
    free(large);
    gan_config c;
    cr_expect_eq(gan_config_load(&c, "largest", 0, NULL), 0, "%s", gan_error_message());
    expect_load_error("large", "'large' is larger than 1048576 bytes: not a configuration");
    expect_load_error("folder", "cannot open 'folder': it is a folder");
    expect_load_error("pipe", "cannot open 'pipe': not a regular file");
    expect_load_error("missing", "cannot open 'missing': No such file or directory");
    expect_load_error("zero", "'zero' holds a zero byte: not a text");
    expect_load_error("typo.ini", "typo.ini:2: unknown key 'sise' in [data], did you mean 'size'?");
    static const char *const files[] = { "folder", "pipe", "zero", "typo.ini", "large", "largest" };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) cr_expect_eq(remove(files[i]), 0);
    cr_expect_eq(rmdir(folder), 0);
}

static int load_and_write(const char *path)
{
    gan_config c;
    if (gan_config_load(&c, path, 0, NULL)) return -1;
    char *text = gan_config_text(&c);
    gan_mem_free(text);
    return text ? 0 : -1;
}

Test(config, every_allocation_may_fail)
{
    enter_folder();
    put("a.ini", "[data]\nsize = 64\n", 17);
    int bad = -1;
    uint64_t n = 0;
    while (bad && n < 100) {
        gan_mem_fail_at(++n);
        bad = load_and_write("a.ini");
        gan_mem_fail_at(0);
        if (bad) cr_expect(strstr(gan_error_message(), "out of memory"), "%s", gan_error_message());
    }
    cr_expect_eq(bad, 0);
    cr_expect_gt(n, 3);
    remove("a.ini");
    cr_expect_eq(rmdir(folder), 0);
}

Test(config, help_shows_every_key_in_100_columns)
{
    char *text = NULL, *line, *rest;
    size_t bytes;
    FILE *out = open_memstream(&text, &bytes);
    gan_config_help(out);
    fclose(out);
    EACH_ROW(s, row)
    {
        char start[64];
        snprintf(start, sizeof start, "\n  %s ", row->name);
        cr_expect(strstr(text, start), "%s", row->name);
    }
    for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
        cr_expect_leq(strlen(line), 100, "%s", line);
    free(text);
}

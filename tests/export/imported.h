/* What tests of import share: a file is taken as a generator, or refused with one sentence that names it. */
#ifndef TESTS_EXPORT_IMPORTED_H
#define TESTS_EXPORT_IMPORTED_H

#include <criterion/criterion.h>
#include <string.h>

#include "gan/error.h"
#include "gan/import.h"
#include "support/generators.h"

/* 0, or -1 after a look at the message. */
static inline int import_file(const char *path, const gan_import_opt *o, struct generator *g)
{
    int result = gan_import(path, o, &g->config, &g->graph, &g->params);
    if (!result) return 0;
    const char *message = gan_error_message();
    cr_expect(strstr(message, path), "'%s' does not name '%s'", message, path);
    cr_expect_null(strchr(message, '\n'), "%s", message);
    cr_expect_null(g->graph);
    cr_expect_null(g->params);
    return -1;
}

static inline void expect_import(const char *path, const struct generator *want)
{
    struct generator got;
    cr_assert_eq(import_file(path, NULL, &got), 0, "%s", gan_error_message());
    expect_same_values(want, got.graph, got.params);
    generator_free(&got);
}

static inline void expect_refused(const char *path, const gan_import_opt *o, const char *why)
{
    struct generator got;
    cr_assert_eq(import_file(path, o, &got), -1, "taken instead of: %s", why);
    cr_expect(strstr(gan_error_message(), why), "'%s' instead of '%s'", gan_error_message(), why);
}

/* For damage_shorten and damage_flip: whether taken or refused, it must end well. */
static inline void import_any(void *path, size_t at)
{
    struct generator got;
    (void)at;
    if (!import_file(path, NULL, &got)) generator_free(&got);
}

static inline void import_none(void *path, size_t at)
{
    struct generator got;
    cr_expect_eq(import_file(path, NULL, &got), -1, "%zu", at);
}

struct unchanged { /* what a file with checksums must still hold if it is taken */
    const char *path;
    const struct generator *want;
    size_t taken;
};

static inline void import_unchanged(void *ctx, size_t at)
{
    struct unchanged *u = ctx;
    struct generator got;
    (void)at;
    if (import_file(u->path, NULL, &got)) return;
    expect_same_values(u->want, got.graph, got.params);
    generator_free(&got);
    u->taken++;
}

#endif

/* Folders of small made-up photographs for the tests of the data module. */
#ifndef TESTS_DATA_PHOTOS_H
#define TESTS_DATA_PHOTOS_H

#include <criterion/criterion.h>
#include <ftw.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "gan/image.h"
#include "gan/log.h"

enum { PATH_BYTES = 512 };

static inline void make_folder(char path[PATH_BYTES])
{
    snprintf(path, PATH_BYTES, "/tmp/gan-data-XXXXXX");
    cr_assert(mkdtemp(path));
}

static inline int remove_entry(const char *path, const struct stat *s, int type, struct FTW *at)
{
    (void)s, (void)type, (void)at;
    return remove(path);
}

static inline void remove_folder(const char *path)
{
    cr_assert_eq(nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS), 0);
}

static inline void join(char path[PATH_BYTES], const char *folder, const char *name)
{
    cr_assert_lt(snprintf(path, PATH_BYTES, "%s/%s", folder, name), PATH_BYTES);
}

static inline void make_subfolder(const char *folder, const char *name)
{
    char path[PATH_BYTES];
    join(path, folder, name);
    cr_assert_eq(mkdir(path, 0777), 0);
}

static inline void put_text(const char *folder, const char *name, const char *text)
{
    char path[PATH_BYTES];
    join(path, folder, name);
    FILE *f = fopen(path, "wb");
    cr_assert(f);
    fputs(text, f);
    cr_assert_eq(fclose(f), 0);
}

/* Gradients and steps whose every pixel tells where it is and which picture it is in; strong colours unless gray. */
static inline void paint(gan_image *im, unsigned number, int gray)
{
    for (int y = 0; y < im->h; y++)
        for (int x = 0; x < im->w; x++) {
            uint8_t *p = im->rgb + 3 * ((size_t)y * (size_t)im->w + (size_t)x);
            p[0] = p[1] = p[2] = (uint8_t)(40 + 200 * x / im->w);
            if (gray) continue;
            p[1] = (uint8_t)(30 + 220 * y / im->h);
            p[2] = (uint8_t)(number * 37 + (unsigned)(x / 9 + y / 7) * 5);
        }
}

static inline void put_photo(const char *folder, const char *name, int w, int h, unsigned number, int gray)
{
    char path[PATH_BYTES];
    gan_image im;
    join(path, folder, name);
    cr_assert_eq(gan_image_init(&im, w, h), 0);
    paint(&im, number, gray);
    cr_assert_eq(gan_image_save(&im, path), 0, "%s", gan_error_message());
    gan_image_release(&im);
}

/* count photographs 00.png, 01.png, ... of various shapes. */
static inline void put_photos(const char *folder, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        char name[32];
        snprintf(name, sizeof name, "%02u.png", i);
        put_photo(folder, name, 30 + (int)(i * 7 % 23), 28 + (int)(i * 5 % 17), i, 0);
    }
}

static atomic_int warnings;
static char last_warning[2048];

static inline void count_warnings(enum gan_log_level level, const char *text)
{
    if (level != GAN_LOG_WARN) return;
    warnings++;
    snprintf(last_warning, sizeof last_warning, "%s", text);
}

#endif

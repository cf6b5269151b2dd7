/* Real photographs, where there are any: $GAN_SHARED/data/photos, by default beside the repository. */
#define _GNU_SOURCE
#include "gan/colour.h"
#include "gan/data.h"
#include "gan/error.h"
#include "photos.h"

static gan_dataset *open_photos(const char *name)
{
    char folder[PATH_BYTES];
    struct stat s;
    const char *shared = getenv("GAN_SHARED");
    snprintf(folder, sizeof folder, "%s/data/photos/%s", shared ? shared : GAN_SOURCE_DIR "/../shared", name);
    if (stat(folder, &s)) cr_skip("no photographs in '%s'", folder);
    gan_dataset *d = gan_dataset_open(folder);
    cr_assert(d, "%s", gan_error_message());
    return d;
}

static gan_loader_stats one_epoch(const gan_dataset *d, int skip_gray)
{
    gan_batch b;
    gan_loader *l = gan_loader_new(
        d, &(gan_loader_opt){
               .size = 64, .load_size = 72, .batch = 4, .seed = 1, .skip_gray = skip_gray, .cache_mib = 64 });
    cr_assert(l, "%s", gan_error_message());
    for (uint64_t step = 0; step < gan_loader_steps_per_epoch(l); step++) {
        cr_assert_eq(gan_loader_batch(l, step, &b), 0, "%s", gan_error_message());
        for (int i = 0; i < 4 * 64 * 64; i++) cr_assert(b.x[i] >= -1.00001f && b.x[i] <= 1.00001f);
        for (int i = 0; i < 8 * 64 * 64; i++) cr_assert(b.y[i] > -1 && b.y[i] < 1);
    }
    gan_loader_stats s = gan_loader_get_stats(l);
    gan_loader_free(l);
    return s;
}

Test(photos, an_epoch_of_the_validation_set)
{
    gan_dataset *d = open_photos("val");
    cr_expect_eq(gan_dataset_count(d), 300);
    gan_loader_stats s = one_epoch(d, 0);
    cr_expect_eq(s.decoded, 300);
    cr_expect_eq(s.unreadable, 0);
    gan_dataset_free(d);
}

/* The historical set: every file is readable, and most are gray or nearly so. */
Test(photos, historical_photographs_are_read_and_found_gray)
{
    gan_dataset *d = open_photos("legacy");
    cr_expect_eq(gan_dataset_count(d), 20);
    gan_loader_stats s = one_epoch(d, 0);
    cr_expect_eq(s.unreadable, 0);
    cr_expect_eq(s.decoded, 20);
    cr_expect_geq(s.gray, 10);
    gan_dataset_free(d);
}

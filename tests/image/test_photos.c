/* Real photographs, where there are any: old and odd files of many makers, in GAN_SHARED/data/photos/legacy. */
#include "image/golden.h"

#include <dirent.h>

enum { LEGACY = 20 };

static DIR *open_legacy(char folder[PATH_BYTES])
{
    const char *shared = getenv("GAN_SHARED");
    if (!shared) shared = GAN_SOURCE_DIR "/../shared";
    cr_assert_lt(snprintf(folder, PATH_BYTES, "%s/data/photos/legacy", shared), PATH_BYTES);
    DIR *dir = opendir(folder);
    if (!dir) cr_skip_test("no photographs: GAN_SHARED names no folder with data/photos/legacy");
    return dir;
}

/* Loads a file whole and reduced: the same picture but for fine detail, the short side large enough. */
static void check(const char *path)
{
    enum { SIDE = 72 };
    gan_image whole, reduced, a, b;
    cr_assert_eq(gan_image_load(&whole, path, 0), 0, "%s", gan_error_message());
    cr_assert_eq(gan_image_load(&reduced, path, SIDE), 0, "%s", gan_error_message());
    cr_assert_geq(reduced.w < reduced.h ? reduced.w : reduced.h, 2 * SIDE, "%s", path);
    cr_assert_eq(gan_image_resize(&a, &whole, SIDE, SIDE, GAN_BICUBIC), 0);
    cr_assert_eq(gan_image_resize(&b, &reduced, SIDE, SIDE, GAN_BICUBIC), 0);
    double sum = 0;
    for (int i = 0; i < 3 * SIDE * SIDE; i++) sum += abs(a.rgb[i] - b.rgb[i]);
    cr_assert_lt(sum / (3 * SIDE * SIDE), 8, "%s: reduced, it differs by %f on average", path, sum / (3 * SIDE * SIDE));
    gan_image_release(&whole);
    gan_image_release(&reduced);
    gan_image_release(&a);
    gan_image_release(&b);
}

static void check_cut(const char *path)
{
    struct bytes file = read_bytes(path);
    gan_image im;
    for (size_t cut = 1; cut < file.n; cut += 1 + file.n / 7)
        cr_assert_eq(gan_image_decode(&im, path, file.at, file.n - cut, 0), -1, "%s without its last %zu bytes", path,
                     cut);
    free(file.at);
}

Test(photos, every_legacy_file_is_read_and_none_of_them_cut)
{
    char folder[PATH_BYTES], path[2 * PATH_BYTES];
    DIR *dir = open_legacy(folder);
    int files = 0;
    for (struct dirent *e = readdir(dir); e; e = readdir(dir)) {
        if (e->d_name[0] == '.') continue;
        snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
        check(path);
        check_cut(path);
        files++;
    }
    closedir(dir);
    cr_assert_geq(files, LEGACY);
}

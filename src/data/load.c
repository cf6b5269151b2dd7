/* A picture of a data set as training sees it: source and target of one size, the short side at `side`. */
#include <math.h>
#include <stdlib.h>

#include "data/dataset.h"
#include "gan/error.h"
#include "gan/mem.h"
#include "gan/photo.h"

enum { MAX_ASPECT = 32 };

static int resize_short(const gan_dataset *d, size_t i, const gan_image *whole, int side, gan_image *im)
{
    int low = whole->w < whole->h ? whole->w : whole->h, high = whole->w < whole->h ? whole->h : whole->w;
    if (high > low * MAX_ASPECT)
        return gan_error("'%s' is %d times %d pixels: too long for its short side", gan_dataset_path(d, i), whole->w,
                         whole->h);
    return gan_image_resize_short(im, whole, side, GAN_BICUBIC);
}

int gan_dataset_load_short(const gan_dataset *d, size_t i, int least_side, int side, gan_image *im)
{
    gan_image whole;
    *im = (gan_image){ 0 };
    if (gan_dataset_load(d, i, least_side, &whole)) return -1;
    int failed = resize_short(d, i, &whole, side, im);
    gan_image_release(&whole);
    return failed;
}

static int load_single(const gan_dataset *d, size_t i, const gan_task *t, int least, int side, struct gan_picture *p)
{
    (void)t;
    return gan_dataset_load_short(d, i, least, side, &p->target);
}

static int load_half(const gan_dataset *d, size_t i, const gan_image *whole, int left, int side, gan_image *im)
{
    gan_image half;
    if (gan_image_crop(&half, whole, left, 0, whole->w / 2, whole->h)) return -1;
    int failed = resize_short(d, i, &half, side, im);
    gan_image_release(&half);
    return failed;
}

/* Replaces the source by its 16 bits of gray where it has them: columns of a file, all or the half that begins at left. */
static int deepen(const gan_task *t, const char *file, int left, int halves, struct gan_picture *p)
{
    gan_photo photo;
    if (t->input != GAN_INPUT_GRAY || !gan_photo_is_deep(file)) return 0;
    if (gan_photo_load(&photo, file)) return -1;
    int failed = gan_photo_deep(&photo, left, photo.w / halves, p->target.w, p->target.h, &p->deep);
    if (p->deep) gan_image_release(&p->source);
    gan_photo_release(&photo);
    return failed;
}

/* A|B in one file: the left half is A. */
static int load_halves(const gan_dataset *d, size_t i, const gan_task *t, int least, int side, struct gan_picture *p)
{
    gan_image whole;
    if (gan_dataset_load(d, i, least, &whole)) return -1;
    int half = whole.w / 2, target = t->direction == GAN_A_TO_B ? half : 0, failed = -1;
    if (whole.w % 2)
        gan_error("'%s' is %d pixels wide: no two pictures side by side", gan_dataset_path(d, i), whole.w);
    else
        failed = load_half(d, i, &whole, target, side, &p->target) ||
                 load_half(d, i, &whole, half - target, side, &p->source) ||
                 deepen(t, gan_dataset_file(d, i), half - target, 2, p);
    gan_image_release(&whole);
    return failed ? -1 : 0;
}

/* One of two files, at the size of the picture that is there already. */
static int load_other(const gan_dataset *d, size_t i, const char *file, int least, const gan_image *same, gan_image *im)
{
    gan_image whole;
    if (gan_image_load(&whole, file, least)) return -1;
    double shape = (double)whole.w / whole.h * same->h / same->w,
           tolerance = 2.0 / (same->w < same->h ? same->w : same->h);
    int failed = fabs(shape - 1) > tolerance ? gan_error("'%s' and its partner differ in shape", gan_dataset_path(d, i))
                                             : gan_image_resize(im, &whole, same->w, same->h, GAN_BICUBIC);
    gan_image_release(&whole);
    return failed;
}

static int load_two(const gan_dataset *d, size_t i, const gan_task *t, int least, int side, struct gan_picture *p)
{
    const char *a = gan_dataset_file(d, i), *b = gan_dataset_partner(d, i);
    gan_image whole;
    if (gan_image_load(&whole, t->direction == GAN_A_TO_B ? b : a, least)) return -1;
    int failed = resize_short(d, i, &whole, side, &p->target);
    gan_image_release(&whole);
    const char *source = t->direction == GAN_A_TO_B ? a : b;
    return failed || load_other(d, i, source, least, &p->target, &p->source) || deepen(t, source, 0, 1, p) ? -1 : 0;
}

int gan_dataset_load_picture(const gan_dataset *d, size_t i, const gan_task *t, int least_side, int side,
                             struct gan_picture *p)
{
    static int (*const load[])(const gan_dataset *, size_t, const gan_task *, int, int, struct gan_picture *) = {
        [GAN_SINGLE] = load_single, [GAN_HALVES] = load_halves, [GAN_FOLDERS] = load_two, [GAN_UNPAIRED] = load_single
    };
    enum gan_layout layout = gan_dataset_file(d, i) ? t->layout : GAN_SINGLE; /* procedural pictures have no sources */
    *p = (struct gan_picture){ 0 };
    if (!load[layout](d, i, t, least_side, side, p)) return 0;
    gan_picture_release(p);
    return -1;
}

#include "scene/car.h"

#include "scene/patch.h"

/* A part of the end that is nearer to the viewer; metres from the middle and from the ground. */
static const struct part {
    float left, right, bottom, top;
    gan_patch_mask *mask;
    enum gan_material material;
} parts[] = {
    { -0.85f, -0.55f, 0, 0.6f, NULL, GAN_RUBBER },     { 0.55f, 0.85f, 0, 0.6f, NULL, GAN_RUBBER },
    { -0.7f, 0.7f, 0.9f, 1.45f, NULL, GAN_GLASS },     { -0.72f, 0.72f, 1.4f, 1.5f, NULL, GAN_MATERIALS },
    { -0.9f, 0.9f, 0.3f, 0.95f, NULL, GAN_MATERIALS }, { -0.85f, -0.6f, 0.65f, 0.8f, NULL, GAN_RED },
    { 0.6f, 0.85f, 0.65f, 0.8f, NULL, GAN_RED },
};

/* GAN_MATERIALS stands for the paint of the car. */
static enum gan_material coat(enum gan_material m, enum gan_material paint)
{
    return m == GAN_MATERIALS ? paint : m;
}

static void side(const struct gan_stage *s, struct gan_vec middle, enum gan_material paint)
{
    const float length = 4, half = 0.9f;
    int leftward = middle.x > 0;
    struct gan_patch p = { .origin = { middle.x + (leftward ? -half : half), 0, middle.z + (leftward ? length : 0) },
                           .across = { 0, 0, leftward ? -1.0f : 1.0f },
                           .up = { 0, 1, 0 },
                           .right = length,
                           .bottom = 0.3f,
                           .top = 0.95f,
                           .material = paint };
    gan_patch_paint(s, &p);
    p.left = 0.6f, p.right = length - 0.8f, p.bottom = 0.95f, p.top = 1.45f, p.material = GAN_GLASS;
    gan_patch_paint(s, &p);
}

void gan_car_paint(struct gan_stage *s, struct gan_vec middle)
{
    static const enum gan_material paints[] = { GAN_RED, GAN_BLUE, GAN_PAINT, GAN_PAINT, GAN_METAL, GAN_METAL };
    enum gan_material paint = paints[gan_dice_below(&s->dice, 6)];
    gan_patch_shadow(s,
                     &(struct gan_patch){ .origin = middle,
                                          .across = { 1, 0, 0 },
                                          .up = { 0, 0, 1 },
                                          .left = -1.1f,
                                          .right = 1.1f,
                                          .bottom = -0.3f,
                                          .top = 4 },
                     0.9f);
    side(s, middle, paint);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        const struct part *q = &parts[i];
        gan_patch_paint(s, &(struct gan_patch){ .origin = middle,
                                                .across = { 1, 0, 0 },
                                                .up = { 0, 1, 0 },
                                                .left = q->left,
                                                .right = q->right,
                                                .bottom = q->bottom,
                                                .top = q->top,
                                                .mask = q->mask,
                                                .material = coat(q->material, paint) });
    }
}

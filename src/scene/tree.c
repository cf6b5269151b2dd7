#include "scene/tree.h"

#include "scene/blob.h"
#include "scene/patch.h"

void gan_tree_shadow(const struct gan_stage *s, struct gan_vec foot, float width, float height)
{
    struct gan_vec sun = s->light.to_sun;
    float level = sqrtf(sun.x * sun.x + sun.z * sun.z), length = fminf(height * level / sun.y, 3 * height);
    struct gan_vec away = { -sun.x / level, 0, -sun.z / level };
    struct gan_vec across = { away.z, 0, -away.x };
    struct gan_patch shadow = { .origin = foot,
                                .across = across,
                                .up = away,
                                .left = -width / 2,
                                .right = width / 2,
                                .bottom = -width / 4,
                                .top = length,
                                .mask = gan_mask_disc };
    shadow.origin.y = 0;
    gan_patch_shadow(s, &shadow, 0.8f);
}

static void trunk(const struct gan_stage *s, struct gan_vec foot, float width, float height)
{
    gan_patch_paint(s, &(struct gan_patch){ .origin = foot,
                                            .across = { 1, 0, 0 },
                                            .up = { 0, 1, 0 },
                                            .left = -width / 2,
                                            .right = width / 2,
                                            .top = height,
                                            .material = GAN_BARK });
}

/* One crown, or where it is large in the picture, smaller ones over it. */
void gan_tree_broadleaf(struct gan_stage *s, struct gan_vec foot, float height)
{
    float spread = height * gan_dice_between(&s->dice, 0.32f, 0.44f), tone = gan_dice_between(&s->dice, 0.8f, 1.2f);
    gan_tree_shadow(s, foot, 2 * spread, height);
    trunk(s, foot, height * 0.07f, height * 0.45f);
    struct gan_blob crown = { .centre = { foot.x, foot.y + height * 0.62f, foot.z },
                              .rx = spread * 1.1f,
                              .ry = height * 0.42f,
                              .outline = GAN_RAGGED,
                              .material = GAN_LEAVES,
                              .tone = tone };
    gan_blob_paint(s, &crown);
    for (int i = 0; i < 4; i++) {
        struct gan_blob clump = crown;
        float side = gan_dice_between(&s->dice, -0.5f, 0.5f), up = gan_dice_between(&s->dice, -0.4f, 0.4f);
        float size = gan_dice_between(&s->dice, 0.45f, 0.65f);
        clump.centre.x += side * spread, clump.centre.y += up * crown.ry;
        clump.rx *= size, clump.ry *= size;
        if (spread * s->view.focal / foot.z > 0.04f) gan_blob_paint(s, &clump);
    }
}

void gan_tree_conifer(struct gan_stage *s, struct gan_vec foot, float height)
{
    float spread = height * gan_dice_between(&s->dice, 0.2f, 0.3f), tone = gan_dice_between(&s->dice, 0.8f, 1.2f);
    gan_tree_shadow(s, foot, spread * 1.5f, height);
    trunk(s, foot, height * 0.05f, height * 0.2f);
    gan_blob_paint(s, &(struct gan_blob){ .centre = { foot.x, foot.y + height * 0.55f, foot.z },
                                          .rx = spread,
                                          .ry = height * 0.45f,
                                          .outline = GAN_SPIRE,
                                          .material = GAN_NEEDLES,
                                          .tone = tone });
}

void gan_tree_bush(struct gan_stage *s, struct gan_vec foot, float height)
{
    float tone = gan_dice_between(&s->dice, 0.8f, 1.2f);
    gan_tree_shadow(s, foot, 1.4f * height, height * 0.6f);
    gan_blob_paint(s, &(struct gan_blob){ .centre = { foot.x, foot.y + height * 0.4f, foot.z },
                                          .rx = height * 0.8f,
                                          .ry = height * 0.6f,
                                          .outline = GAN_RAGGED,
                                          .material = GAN_LEAVES,
                                          .tone = tone });
}

#include "scene/tree.h"

#include "scene/blob.h"
#include "scene/patch.h"

static void shadow(const struct gan_stage *s, struct gan_vec foot, float width, float height)
{
    struct gan_vec sun = s->light.to_sun;
    float level = sqrtf(sun.x * sun.x + sun.z * sun.z), length = fminf(height * level / sun.y, 3 * height);
    struct gan_patch p = { .origin = foot, .up = { -sun.x / level, 0, -sun.z / level }, .mask = gan_mask_disc };
    p.across = (struct gan_vec){ p.up.z, 0, -p.up.x };
    p.left = -width / 2, p.right = width / 2;
    p.bottom = -width / 4, p.top = length;
    gan_patch_shadow(s, &p, 0.8f);
}

static void trunk(const struct gan_stage *s, struct gan_vec foot, float width, float height)
{
    struct gan_patch p = { .origin = foot, .across = { 1, 0, 0 }, .up = { 0, 1, 0 }, .material = GAN_BARK };
    p.left = -width / 2, p.right = width / 2, p.top = height;
    gan_patch_paint(s, &p);
}

/* Smaller crowns over a crown, where it is large in the picture. */
static void clumps(struct gan_stage *s, const struct gan_blob *crown)
{
    int large = crown->rx * s->view.focal / crown->centre.z > 0.04f;
    for (int i = 0; i < 4; i++) {
        struct gan_blob b = *crown;
        float side = gan_dice_between(&s->dice, -0.5f, 0.5f), up = gan_dice_between(&s->dice, -0.4f, 0.4f);
        float size = gan_dice_between(&s->dice, 0.45f, 0.65f);
        b.centre.x += side * crown->rx, b.centre.y += up * crown->ry;
        b.rx *= size, b.ry *= size;
        if (large) gan_blob_paint(s, &b);
    }
}

void gan_tree_broadleaf(struct gan_stage *s, struct gan_vec foot, float height)
{
    float spread = height * gan_dice_between(&s->dice, 0.35f, 0.48f), tone = gan_dice_between(&s->dice, 0.75f, 1.25f);
    shadow(s, foot, 2 * spread, height);
    trunk(s, foot, 0.2f + height * 0.04f, height * 0.45f);
    struct gan_blob crown = { .rx = spread, .ry = height * 0.42f, .outline = GAN_RAGGED, .material = GAN_LEAVES };
    crown.centre = (struct gan_vec){ foot.x, foot.y + height * 0.62f, foot.z };
    crown.tone = tone;
    gan_blob_paint(s, &crown);
    clumps(s, &crown);
}

void gan_tree_conifer(struct gan_stage *s, struct gan_vec foot, float height)
{
    float spread = height * gan_dice_between(&s->dice, 0.2f, 0.3f), tone = gan_dice_between(&s->dice, 0.75f, 1.25f);
    shadow(s, foot, spread * 1.5f, height);
    trunk(s, foot, height * 0.05f, height * 0.2f);
    struct gan_blob crown = { .rx = spread, .ry = height * 0.45f, .outline = GAN_SPIRE, .material = GAN_NEEDLES };
    crown.centre = (struct gan_vec){ foot.x, foot.y + height * 0.55f, foot.z };
    crown.tone = tone;
    gan_blob_paint(s, &crown);
}

void gan_tree_bush(struct gan_stage *s, struct gan_vec foot, float height)
{
    float tone = gan_dice_between(&s->dice, 0.75f, 1.25f);
    shadow(s, foot, 1.4f * height, height * 0.6f);
    struct gan_blob bush = { .rx = height * 0.8f, .ry = height * 0.6f, .outline = GAN_RAGGED, .material = GAN_LEAVES };
    bush.centre = (struct gan_vec){ foot.x, foot.y + height * 0.4f, foot.z };
    bush.tone = tone;
    gan_blob_paint(s, &bush);
}

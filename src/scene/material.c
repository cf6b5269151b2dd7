#include "scene/material.h"

struct row {
    uint8_t dark[3], light[3]; /* sRGB */
    float spread;              /* of brightness between scenes: 0.3 is from 1 / 1.3 to 1.3 times */
    gan_texture *texture;
};

/* clang-format off */
static const struct row rows[GAN_MATERIALS] = {
    [GAN_GRASS]    = { {  58,  80,  34 }, { 174, 190, 112 }, 0.70f, gan_texture_blades },
    [GAN_LEAVES]   = { {  30,  48,  22 }, { 142, 164,  86 }, 0.60f, gan_texture_leaves },
    [GAN_NEEDLES]  = { {  22,  44,  30 }, { 104, 132,  94 }, 0.50f, gan_texture_needles },
    [GAN_CROP]     = { {  98,  82,  58 }, { 130, 170,  88 }, 0.50f, gan_texture_rows },
    [GAN_WHEAT]    = { { 140, 106,  52 }, { 236, 204, 124 }, 0.45f, gan_texture_ears },
    [GAN_SOIL]     = { {  72,  50,  36 }, { 178, 138, 104 }, 0.50f, gan_texture_furrows },
    [GAN_SAND]     = { { 178, 148, 106 }, { 238, 214, 168 }, 0.40f, gan_texture_grains },
    [GAN_RED_SAND] = { { 176, 124,  80 }, { 234, 188, 134 }, 0.40f, gan_texture_grains },
    [GAN_ROCK]     = { {  58,  54,  54 }, { 172, 162, 150 }, 0.40f, gan_texture_cracks },
    [GAN_RED_ROCK] = { {  92,  54,  38 }, { 200, 136,  96 }, 0.35f, gan_texture_cracks },
    [GAN_SNOW]     = { { 186, 202, 226 }, { 246, 248, 252 }, 0.10f, gan_texture_drift },
    [GAN_WATER]    = { {  18,  54,  76 }, {  98, 146, 170 }, 0.35f, gan_texture_ripples },
    [GAN_FOAM]     = { { 206, 216, 220 }, { 250, 252, 252 }, 0.05f, gan_texture_drift },
    [GAN_TILES]    = { { 100,  48,  34 }, { 206, 124,  88 }, 0.45f, gan_texture_tiles },
    [GAN_SLATE]    = { {  54,  60,  70 }, { 128, 136, 148 }, 0.35f, gan_texture_slates },
    [GAN_BRICK]    = { { 122,  66,  50 }, { 202, 160, 136 }, 0.35f, gan_texture_bricks },
    [GAN_PLASTER]  = { { 188, 170, 136 }, { 242, 230, 204 }, 0.35f, gan_texture_plaster },
    [GAN_TIMBER]   = { {  66,  42,  24 }, { 156, 112,  70 }, 0.45f, gan_texture_planks },
    [GAN_BARK]     = { {  46,  34,  24 }, { 122,  98,  74 }, 0.40f, gan_texture_planks },
    [GAN_ASPHALT]  = { {  74,  74,  78 }, { 138, 136, 136 }, 0.40f, gan_texture_speckle },
    [GAN_PAVING]   = { { 112, 106,  98 }, { 190, 184, 174 }, 0.30f, gan_texture_slabs },
    [GAN_DIRT]     = { { 122,  92,  60 }, { 206, 172, 126 }, 0.35f, gan_texture_ruts },
    [GAN_PAINT]    = { { 226, 226, 220 }, { 226, 226, 220 }, 0.10f, gan_texture_even },
    [GAN_GLASS]    = { {  24,  32,  42 }, { 122, 146, 168 }, 0.30f, gan_texture_panes },
    [GAN_METAL]    = { {  64,  68,  72 }, {  64,  68,  72 }, 0.30f, gan_texture_even },
    [GAN_RUBBER]   = { {  28,  28,  30 }, {  28,  28,  30 }, 0.10f, gan_texture_even },
    [GAN_RED]      = { { 186,  42,  34 }, { 186,  42,  34 }, 0.25f, gan_texture_even },
    [GAN_BLUE]     = { {  44,  76, 150 }, {  44,  76, 150 }, 0.25f, gan_texture_even },
    [GAN_YELLOW]   = { { 236, 196,  40 }, { 236, 196,  40 }, 0.15f, gan_texture_even },
};
/* clang-format on */

static float linear(uint8_t code) /* IEC 61966-2-1 */
{
    float v = (float)code / 255;
    return v <= 0.04045f ? v / 12.92f : powf((v + 0.055f) / 1.055f, 2.4f);
}

static struct gan_rgb light_of(const uint8_t srgb[3])
{
    return (struct gan_rgb){ linear(srgb[0]), linear(srgb[1]), linear(srgb[2]) };
}

void gan_palette_init(struct gan_palette *p, struct gan_dice *d)
{
    const float hue = 0.04f; /* deviation of red and blue against green between scenes */
    for (int m = 0; m < GAN_MATERIALS; m++) {
        float spread = 1 + rows[m].spread, tone = gan_dice_between(d, 1 / spread, spread);
        float red = tone * gan_dice_between(d, 1 - hue, 1 + hue);
        float blue = tone * gan_dice_between(d, 1 - hue, 1 + hue);
        struct gan_rgb filter = { red, tone, blue };
        p->dark[m] = gan_rgb_filter(light_of(rows[m].dark), filter);
        p->light[m] = gan_rgb_filter(light_of(rows[m].light), filter);
    }
}

struct gan_rgb gan_material_colour(const struct gan_palette *p, enum gan_material m, const struct gan_noise *n,
                                   const struct gan_spot *at)
{
    float t = gan_clamp(0.5f + 0.5f * rows[m].texture(n, at), 0, 1.2f);
    return gan_rgb_mix(p->dark[m], p->light[m], t);
}

#include "scene/canvas.h"

#include "gan/mem.h"

int gan_canvas_init(struct gan_canvas *c, int side)
{
    *c = (struct gan_canvas){ .side = side };
    c->rgb = gan_mem_alloc((size_t)side * GAN_CANVAS_STRIP, sizeof *c->rgb);
    return c->rgb ? 0 : -1;
}

void gan_canvas_release(struct gan_canvas *c)
{
    gan_mem_free(c->rgb);
    *c = (struct gan_canvas){ 0 };
}

struct gan_box gan_canvas_box(const struct gan_canvas *c, float left, float top, float right, float bottom)
{
    float side = (float)c->side, from = (float)c->left, width = (float)c->width;
    return (struct gan_box){
        .left = (int)gan_clamp(left * side - from, 0, width),
        .top = (int)gan_clamp(top * side, 0, side),
        .right = (int)gan_clamp(ceilf(right * side) - from, 0, width),
        .bottom = (int)gan_clamp(ceilf(bottom * side), 0, side),
    };
}

/* Bright light is compressed rather than cut off: 1 is reached only at infinity. */
static float shoulder(float light)
{
    const float knee = 0.7f, room = 1 - knee;
    return light < knee ? light : 1 - room * room / (light - knee + room);
}

static uint8_t encode(float light)
{
    float v = light <= 0.0031308f ? 12.92f * light : 1.055f * powf(light, 1 / 2.4f) - 0.055f; /* IEC 61966-2-1 */
    return (uint8_t)(255 * v + 0.5f);
}

static struct gan_rgb average(const struct gan_canvas *c, int column, int row, int n)
{
    struct gan_rgb sum = { 0, 0, 0 };
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) sum = gan_rgb_add(sum, gan_canvas_row(c, row + i)[column + j]);
    return gan_rgb_scale(sum, 1 / (float)(n * n));
}

void gan_canvas_develop(const struct gan_canvas *c, float exposure, gan_image *im)
{
    int n = c->side / im->w;
    for (int y = 0; y < im->h; y++) {
        uint8_t *out = im->rgb + ((size_t)y * (size_t)im->w + (size_t)(c->left / n)) * 3;
        for (int column = 0; column < c->width; column += n, out += 3) {
            struct gan_rgb light = gan_rgb_scale(average(c, column, y * n, n), exposure);
            out[0] = encode(shoulder(light.r));
            out[1] = encode(shoulder(light.g));
            out[2] = encode(shoulder(light.b));
        }
    }
}

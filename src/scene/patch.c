#include "scene/patch.h"

/* The plane in the viewer's terms: along a ray (z = 1), depth = offset / ray.normal, u = ray.u / ray.normal, ... */
struct plane {
    struct gan_vec normal, u, v;
    float offset;
    struct gan_vec outward; /* unit */
    int level;
};

static struct plane plane_of(const struct gan_view *view, const struct gan_patch *p)
{
    struct gan_vec from_eye = { p->origin.x, p->origin.y - view->eye, p->origin.z };
    struct gan_vec normal = gan_vec_cross(p->across, p->up);
    return (struct plane){
        .normal = normal,
        .u = gan_vec_cross(p->up, from_eye),
        .v = gan_vec_cross(from_eye, p->across),
        .offset = gan_vec_dot(from_eye, normal),
        .outward = gan_vec_scale(gan_vec_unit(normal), -1),
        .level = fabsf(gan_vec_unit(normal).y) > 0.999f,
    };
}

static struct gan_vec corner(const struct gan_patch *p, int i)
{
    struct gan_vec across = gan_vec_scale(p->across, i & 1 ? p->right : p->left);
    struct gan_vec up = gan_vec_scale(p->up, i & 2 ? p->top : p->bottom);
    return gan_vec_add(p->origin, gan_vec_add(across, up));
}

/* The samples that may show the patch: all if it reaches behind the viewer. */
static struct gan_box bounds(const struct gan_stage *s, const struct gan_patch *p)
{
    float left = INFINITY, top = INFINITY, right = -INFINITY, bottom = -INFINITY;
    for (int i = 0; i < 4; i++) {
        struct gan_vec at = corner(p, i);
        if (at.z < GAN_VIEW_NEAR) return gan_canvas_box(&s->canvas, 0, 0, 1, 1);
        struct gan_point seen = gan_view_project(&s->view, at);
        left = fminf(left, seen.x), right = fmaxf(right, seen.x);
        top = fminf(top, seen.y), bottom = fmaxf(bottom, seen.y);
    }
    return gan_canvas_box(&s->canvas, left, top, right, bottom);
}

/* The spot of the patch that a ray meets; 0 if there is none. */
static int meet(const struct gan_stage *s, const struct gan_patch *p, const struct plane *plane, struct gan_vec ray,
                struct gan_spot *at)
{
    float slant = gan_vec_dot(ray, plane->normal);
    float depth = plane->offset / slant;
    if (!(depth > GAN_VIEW_NEAR)) return 0; /* NaN too */
    at->u = gan_vec_dot(ray, plane->u) / slant;
    at->v = gan_vec_dot(ray, plane->v) / slant;
    if (!(at->u >= p->left && at->u < p->right && at->v >= p->bottom && at->v < p->top)) return 0;
    gan_stage_scale(s, at, depth);
    return !p->mask || p->mask(s, p, at);
}

/* Calls dab for each sample that shows the patch. */
static void each(const struct gan_stage *s, const struct gan_patch *p, const struct plane *plane, const void *ctx,
                 void (*dab)(const void *ctx, const struct gan_stage *s, struct gan_spot *at, struct gan_rgb *sample))
{
    if (plane->offset <= 0) return; /* seen from behind, or edge on */
    struct gan_box box = bounds(s, p);
    for (int row = box.top; row < box.bottom; row++) {
        struct gan_rgb *samples = gan_canvas_row(&s->canvas, row);
        float y = gan_canvas_y(&s->canvas, row);
        for (int column = box.left; column < box.right; column++) {
            struct gan_spot at;
            struct gan_vec ray = gan_view_ray(&s->view, gan_canvas_x(&s->canvas, column), y);
            if (meet(s, p, plane, ray, &at)) dab(ctx, s, &at, &samples[column]);
        }
    }
}

struct coat {
    enum gan_material material;
    float tone, facing;
    int level;
};

static void paint(const void *ctx, const struct gan_stage *s, struct gan_spot *at, struct gan_rgb *sample)
{
    const struct coat *coat = ctx;
    float sunny = coat->facing;
    at->upright = coat->level ? s->view.eye * logf(at->depth) : at->v;
    at->lean = coat->level ? at->u / s->view.eye : 0;
    if (coat->level) sunny *= 1 - 0.45f * gan_smoothstep(0, 0.5f, gan_noise_at(&s->noise, at->u / 30, at->v / 45));
    struct gan_rgb albedo = gan_material_colour(&s->palette, coat->material, &s->noise, at);
    *sample = gan_light_surface(&s->light, gan_rgb_scale(albedo, coat->tone), sunny, 1, at->depth);
}

void gan_patch_paint(const struct gan_stage *s, const struct gan_patch *p)
{
    struct plane plane = plane_of(&s->view, p);
    struct coat coat = { p->material, p->tone > 0 ? p->tone : 1, gan_light_facing(&s->light, plane.outward),
                         plane.level };
    each(s, p, &plane, &coat, paint);
}

static void shade(const void *ctx, const struct gan_stage *s, struct gan_spot *at, struct gan_rgb *sample)
{
    (void)s, (void)at;
    *sample = gan_rgb_filter(*sample, *(const struct gan_rgb *)ctx);
}

/* The same plane, seen from its other side. */
static struct plane turned(const struct plane *p)
{
    return (struct plane){
        .normal = gan_vec_scale(p->normal, -1),
        .u = gan_vec_scale(p->u, -1),
        .v = gan_vec_scale(p->v, -1),
        .offset = -p->offset,
        .outward = gan_vec_scale(p->outward, -1),
        .level = p->level,
    };
}

void gan_patch_shadow(const struct gan_stage *s, const struct gan_patch *p, float part)
{
    struct plane plane = plane_of(&s->view, p);
    if (plane.offset < 0) plane = turned(&plane);
    struct gan_rgb sky = s->light.ambient;
    struct gan_rgb sun = gan_rgb_scale(s->light.sun, gan_light_facing(&s->light, plane.outward));
    struct gan_rgb left = { sky.r / (sky.r + sun.r), sky.g / (sky.g + sun.g), sky.b / (sky.b + sun.b) };
    left = gan_rgb_mix((struct gan_rgb){ 1, 1, 1 }, left, part);
    each(s, p, &plane, &left, shade);
}

int gan_mask_gable(const struct gan_stage *s, const struct gan_patch *p, const struct gan_spot *at)
{
    (void)s;
    float a = (at->u - p->left) / (p->right - p->left), b = (at->v - p->bottom) / (p->top - p->bottom);
    return fabsf(2 * a - 1) <= 1 - b;
}

int gan_mask_disc(const struct gan_stage *s, const struct gan_patch *p, const struct gan_spot *at)
{
    (void)s;
    float a = (at->u - p->left) / (p->right - p->left), b = (at->v - p->bottom) / (p->top - p->bottom);
    float x = 2 * a - 1, y = 2 * b - 1;
    return x * x + y * y <= 1;
}

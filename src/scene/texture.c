#include "scene/texture.h"

#include "scene/vec.h"

/* Things that stand on the surface: features of the given frequencies across it and upright in the picture. */
static float standing(const struct gan_noise *n, const struct gan_spot *at, float across, float up, float gain)
{
    return gan_noise_detail(n, at->u * across, at->upright * up, at->lean * across / up, at->band, gain);
}

/* Things that lie in the surface. */
static float lying(const struct gan_noise *n, const struct gan_spot *at, float u, float v, float gain)
{
    return gan_noise_detail(n, u, v, 0, at->band, gain);
}

/* The finest octave or two that the picture shows. */
static float grain(const struct gan_noise *n, const struct gan_spot *at)
{
    struct gan_band finest = { at->band.fine * 2.5f, at->band.fine };
    return gan_noise_detail(n, at->u, at->v, 0, finest, 1);
}

/* -1..1, period 1; like a cosine. */
static float wave(float x)
{
    float t = x - floorf(x), hump = 4 * t * (1 - t);
    return 1 - 2 * hump * hump;
}

/* How much of a pattern of this period is left at the spot's distance. */
static float resolved(const struct gan_spot *at, float period)
{
    return gan_clamp(period / at->band.fine - 1, 0, 1);
}

/* 1 in the joints between courses of the given period, 0 inside them; gone where it is too fine to be seen. */
static float joint(const struct gan_spot *at, float x, float period, float part)
{
    float phase = x / period;
    phase -= floorf(phase);
    return phase < part ? resolved(at, period) : 0;
}

/* Grass: thin upright strokes over wider patches. */
float gan_texture_blades(const struct gan_noise *n, const struct gan_spot *at)
{
    struct gan_band short_ones = { at->band.coarse * 0.4f, at->band.fine * 0.8f };
    float strokes = gan_noise_detail(n, at->u * 2, at->upright, at->lean * 2, short_ones, 1);
    return 0.6f * strokes + 0.3f * gan_noise_at(n, at->u / 9, at->v / 9);
}

/* Foliage: dark and light clumps of all sizes, hard-edged. */
float gan_texture_leaves(const struct gan_noise *n, const struct gan_spot *at)
{
    struct gan_band clumps = { at->band.coarse * 0.4f, at->band.fine };
    float t = 1.7f * gan_noise_detail(n, at->u, at->upright, at->lean, clumps, 0.9f);
    return gan_clamp(t, -1, 1);
}

/* Conifers: small dark clumps in layers. */
float gan_texture_needles(const struct gan_noise *n, const struct gan_spot *at)
{
    struct gan_band clumps = { at->band.coarse * 0.4f, at->band.fine };
    float t = 1.5f * gan_noise_detail(n, at->u, at->upright * 1.8f, at->lean / 1.8f, clumps, 0.9f) - 0.2f;
    return gan_clamp(t, -1, 1);
}

/* Crops: rows of round plants along v, bare soil between them. */
float gan_texture_rows(const struct gan_noise *n, const struct gan_spot *at)
{
    const float row = 1.1f, plant = 2.2f;
    float stagger = floorf(at->u / row) * 0.37f;
    float across = -wave(at->u / row) * resolved(at, row), along = -wave(at->v / plant + stagger) * resolved(at, plant);
    return 0.25f + 0.6f * across + 0.25f * along + 0.5f * standing(n, at, 1, 1, 0.8f);
}

/* Ripe grain: short fine strokes, lanes of tractors along v. */
float gan_texture_ears(const struct gan_noise *n, const struct gan_spot *at)
{
    float lane = joint(at, at->u, 7, 0.1f);
    return 0.25f + 0.6f * standing(n, at, 3, 1.2f, 1) - 0.9f * lane;
}

/* Ploughed land: straight deep furrows along v with clods. */
float gan_texture_furrows(const struct gan_noise *n, const struct gan_spot *at)
{
    const float furrow = 1.8f;
    float depth = gan_clamp(1.6f * wave(at->u / furrow), -1, 1) * resolved(at, furrow);
    return 0.75f * depth + 0.35f * lying(n, at, at->u, at->v, 0.9f);
}

/* Water: long level strokes. */
float gan_texture_ripples(const struct gan_noise *n, const struct gan_spot *at)
{
    return lying(n, at, at->u * 0.22f, at->upright * 1.3f, 0.9f);
}

/* Sand: fine grain, faint long undulations. */
float gan_texture_grains(const struct gan_noise *n, const struct gan_spot *at)
{
    float crest = at->v / 0.8f + 1.5f * gan_noise_at(n, at->u * 0.35f, at->v * 0.6f);
    return 0.1f + 0.4f * grain(n, at) + 0.4f * wave(crest) * resolved(at, 0.8f);
}

/* Rock: creases, from noise folded at zero. */
float gan_texture_cracks(const struct gan_noise *n, const struct gan_spot *at)
{
    float t = lying(n, at, at->u, at->upright * 0.8f + at->u * 0.4f, 0.8f);
    return 1.1f - 2.6f * fabsf(t);
}

/* Snow: nearly even, wide soft hollows. */
float gan_texture_drift(const struct gan_noise *n, const struct gan_spot *at)
{
    return 0.5f + 0.4f * gan_noise_at(n, at->u / at->band.coarse, at->v / at->band.coarse);
}

/* Roof tiles: courses with shadows below them, and columns. */
float gan_texture_tiles(const struct gan_noise *n, const struct gan_spot *at)
{
    float course = joint(at, at->v, 0.75f, 0.35f), column = joint(at, at->u, 0.6f, 0.3f);
    return 0.5f + 0.35f * lying(n, at, at->u, at->v, 0.9f) - 1.05f * course - 0.45f * column;
}

/* Slates: thin courses, smooth. */
float gan_texture_slates(const struct gan_noise *n, const struct gan_spot *at)
{
    return 0.2f + 0.1f * lying(n, at, at->u * 0.5f, at->v, 0.7f) - 0.25f * joint(at, at->v, 0.5f, 0.25f);
}

/* Bricks in running bond with light mortar. */
float gan_texture_bricks(const struct gan_noise *n, const struct gan_spot *at)
{
    float course = floorf(at->v / 0.32f), shift = (course - 2 * floorf(course / 2)) * 0.35f;
    float bed = joint(at, at->v, 0.32f, 0.25f), head = joint(at, at->u + shift, 0.7f, 0.14f);
    return 0.55f * lying(n, at, at->u * 0.8f, at->v * 1.6f, 0.9f) - 0.25f + 0.9f * (bed > head ? bed : head);
}

/* Plaster: flat, a little stained. */
float gan_texture_plaster(const struct gan_noise *n, const struct gan_spot *at)
{
    return 0.5f + 0.3f * gan_noise_at(n, at->u / 2.3f, at->v / 1.7f);
}

/* Boards along v. */
float gan_texture_planks(const struct gan_noise *n, const struct gan_spot *at)
{
    return 0.2f + 0.3f * lying(n, at, at->u * 2, at->v * 0.2f, 0.9f) - joint(at, at->u, 0.45f, 0.22f);
}

/* Asphalt: fine and faint. */
float gan_texture_speckle(const struct gan_noise *n, const struct gan_spot *at)
{
    return 0.3f * grain(n, at) + 0.35f * gan_noise_at(n, at->u / 3, at->v / 14);
}

/* Paving: square slabs with dark joints. */
float gan_texture_slabs(const struct gan_noise *n, const struct gan_spot *at)
{
    float across = joint(at, at->u, 0.9f, 0.16f), along = joint(at, at->v, 0.9f, 0.16f);
    return 0.35f + 0.25f * gan_noise_at(n, at->u * 1.1f, at->v * 1.1f) - (across > along ? across : along);
}

/* Dirt: pebbles and wheel tracks along v. */
float gan_texture_ruts(const struct gan_noise *n, const struct gan_spot *at)
{
    return 0.5f * lying(n, at, at->u, at->v, 0.85f) + 0.4f * gan_noise_at(n, at->u * 1.7f, at->v / 9);
}

/* Window panes: a soft slanting reflection. */
float gan_texture_panes(const struct gan_noise *n, const struct gan_spot *at)
{
    return 0.8f * gan_noise_at(n, (at->u + at->v) * 0.7f, at->depth * 0.13f + (at->u - at->v) * 0.2f);
}

float gan_texture_even(const struct gan_noise *n, const struct gan_spot *at)
{
    (void)n, (void)at;
    return 0;
}

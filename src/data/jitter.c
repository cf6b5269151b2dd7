#include <math.h>

#include "data/augment.h"
#include "gan/rng.h"

#define PI 3.14159265358979323846
#define HUE_RANGE (PI / 10) /* radians at amount 1 */

enum { BRIGHTNESS, CONTRAST, SATURATION, HUE }; /* indices within the sample's stream */

static double within(gan_rng r, uint64_t index, double extent)
{
    return extent * (2 * gan_rng_uniform(r, index) - 1);
}

static double mean_luma(const uint8_t *rgb, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += 0.299 * rgb[3 * i] + 0.587 * rgb[3 * i + 1] + 0.114 * rgb[3 * i + 2];
    return n ? sum / (double)n : 0;
}

static uint8_t byte(float v)
{
    return (uint8_t)(fminf(fmaxf(v, 0), 255) + 0.5f);
}

/* The four steps are linear in Y'UV (BT.601): luma scaled and moved towards the mean, chroma scaled and turned. */
void gan_jitter(uint8_t *rgb, size_t n, uint64_t seed, uint64_t sample, double amount)
{
    if (amount <= 0) return;
    gan_rng r = gan_rng_at(seed, GAN_STREAM_JITTER, sample);
    double brightness = 1 + within(r, BRIGHTNESS, amount), contrast = 1 + within(r, CONTRAST, amount);
    double saturation = 1 + within(r, SATURATION, amount), hue = within(r, HUE, amount * HUE_RANGE);
    double gain = brightness * contrast, chroma = gain * saturation;
    float g = (float)gain, shift = (float)(brightness * (1 - contrast) * mean_luma(rgb, n));
    float c = (float)(chroma * cos(hue)), s = (float)(chroma * sin(hue));
    for (size_t i = 0; i < n; i++, rgb += 3) {
        float luma = 0.299f * (float)rgb[0] + 0.587f * (float)rgb[1] + 0.114f * (float)rgb[2];
        float u = 0.492f * ((float)rgb[2] - luma), v = 0.877f * ((float)rgb[0] - luma);
        float y = g * luma + shift, b = y + (c * u - s * v) / 0.492f, red = y + (s * u + c * v) / 0.877f;
        rgb[0] = byte(red);
        rgb[1] = byte((y - 0.299f * red - 0.114f * b) / 0.587f);
        rgb[2] = byte(b);
    }
}

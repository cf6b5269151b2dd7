/* The configuration of a run: sections of option rows, read from an INI file and overridden by SECTION.KEY=VALUE.
 *     gan_config c;
 *     if (gan_config_load(&c, "configs/photos64.ini", nset, set)) return -1;
 */
#ifndef GAN_CONFIG_H
#define GAN_CONFIG_H

#include <stdint.h>
#include <stdio.h>

#include "gan/option.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef char gan_text[GAN_TEXT_BYTES];

enum gan_colour_space { GAN_LAB, GAN_YUV601, GAN_YUV709, GAN_HSV, GAN_RGB };
enum gan_layout { GAN_SINGLE, GAN_HALVES, GAN_FOLDERS, GAN_UNPAIRED };
enum gan_input { GAN_INPUT_GRAY, GAN_INPUT_LINES, GAN_INPUT_RGB };
enum gan_direction { GAN_A_TO_B, GAN_B_TO_A };
enum gan_norm { GAN_NORM_BATCH, GAN_NORM_INSTANCE, GAN_NORM_NONE };
enum gan_decoder { GAN_DECODER_DECONV, GAN_DECODER_NEAREST };
enum gan_embedding { GAN_EMBEDDING_SCORES, GAN_EMBEDDING_MAP };
enum gan_schedule { GAN_SCHEDULE_CONSTANT, GAN_SCHEDULE_LINEAR, GAN_SCHEDULE_COSINE };
enum gan_batch_norm { GAN_PER_RANK, GAN_SYNCHRONISED };
enum gan_best { GAN_BEST_PSNR, GAN_BEST_L1, GAN_BEST_COLOUR };
enum gan_memory { GAN_MEMORY_FAST, GAN_MEMORY_LOW };
enum gan_best_stage { GAN_STAGE_ANY, GAN_STAGE_LAST };

/* A section a line. */
/* clang-format off */
typedef struct gan_config {
    struct { gan_text name; int64_t seed, threads; int math, tune, memory; } run;
    struct { gan_text train, val, train_b, val_b; int layout, direction; int64_t size, load_size; int input, colour_space,
             restore_luminance, hints, skip_gray; int64_t cache_mib; } data;
    struct { int flip; double rotate, shear, zoom, jitter, noise, fade; } augment;
    struct { gan_text model; int64_t filters, levels, blocks; int norm, decoder; double dropout, init; gan_text features;
             int embedding; } generator;
    struct { gan_text model; int64_t filters, layers; int norm; } discriminator;
    struct { gan_text gan; double gan_weight, l1, l2, perceptual, cycle, identity; gan_text bins; } loss;
    struct { int kind; double lr, lr_d, lr_gan, beta1, beta2, eps; int schedule; } optimizer;
    struct { gan_text recipe; int64_t batch, epochs, decay_epochs, steps, pretrain_steps, warmup_steps; double ready; int64_t pool;
             double ema; int batch_norm, allreduce; double bucket_mib; } train;
    struct { int64_t every_epochs; double every_minutes; int64_t keep, samples; int best, best_stage; } checkpoint;
} gan_config;
/* clang-format on */

typedef struct gan_config_section {
    const char *name;
    const gan_option *rows;
} gan_config_section;
const gan_config_section *gan_config_sections(void); /* ended by a NULL name; static */

void gan_config_defaults(gan_config *c);

int64_t gan_config_load_size(const gan_config *c); /* data.load_size, or what 0 stands for */

/* Channels of what a generator sees (hints and their mask included), and of what it makes. */
int gan_config_inputs(const gan_config *c);
int gan_config_outputs(const gan_config *c);

/* Defaults, then the file, then every "section.key=value" of set, then the checks that look at several keys at once.
 * Errors name file, line and the nearest valid key: "x.ini:7: unknown key 'filtres' in [generator], did you mean
 * 'filters'?". An empty run.name becomes the file's base name without .ini. On failure c is unspecified. */
int gan_config_load(gan_config *c, const char *path, int nset, const char *const *set);

/* The same from a text, as it stands in a checkpoint; name is used in messages, and an empty run.name stays. */
int gan_config_parse(gan_config *c, const char *name, const char *text, int nset, const char *const *set);

/* All keys with their values, as an INI file that gan_config_parse reads back to the same bits. Owned, gan_mem_free.
 * Texts that an INI line cannot hold (blanks at the ends, " ;", lines over 197 bytes) are errors here and above. */
char *gan_config_text(const gan_config *c);

/* Calls report for every "section.key" whose values differ; returns how many. report may be NULL. */
int gan_config_compare(const gan_config *a, const gan_config *b, void (*report)(void *ctx, const char *key), void *ctx);

/* 1 if the value of a "section.key" is for one machine: paths and threads. Others may do the same with another. */
int gan_config_is_local(const char *key);

void gan_config_help(FILE *out); /* every key: type, default, range, help */

#ifdef __cplusplus
}
#endif
#endif

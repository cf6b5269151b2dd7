/* The names that a generator's parameters have in the state dict of the reference implementation of pix2pix in PyTorch
 * (junyanz/pytorch-CycleGAN-and-pix2pix, models/networks.py: UnetGenerator, ResnetGenerator), where modules are numbered
 * in the order of their containers.
 *     gan_keys k = { .model = "unet", .depth = 8 };
 *     gan_key(&k, "enc2.conv.weights", key);         "model.model.1.model.1.weight"
 */
#ifndef GAN_EXPORT_KEYS_H
#define GAN_EXPORT_KEYS_H

#include "gan/config.h"

enum { GAN_KEY_BYTES = 256 };

typedef struct gan_keys {
    const char *model; /* of gan_model_all */
    int depth;         /* unet: levels; resnet: blocks */
    int dropout;       /* resnet: dropout is a module of its own within blocks, and takes a number */
} gan_keys;

gan_keys gan_keys_of(const gan_config *c); /* c is borrowed by what it returns */

/* Whether the reference has such a generator; -1 and a message: not. */
int gan_keys_check(const gan_config *c);

/* The key of a parameter, into key of GAN_KEY_BYTES. -1 and a message: the reference has no such model or parameter. */
int gan_key(const gan_keys *k, const char *param, char *key);

/* The key of the reference's counter of batches that goes with a running variance; -1 (no message) for others. */
int gan_key_batches(const gan_keys *k, const char *param, char *key);

#endif

/* Every key of a configuration. Names that tables of higher layers hold (models, losses, recipes) are texts here. */
#include "gan/config.h"
#include "gan/parallel.h"

#define AT(section, key) #key, offsetof(gan_config, section.key)
#define MATHS "f32|bf16|bf16_emulated"           /* enum gan_math of gan/plan.h */
#define TUNES "off|fast|full"                    /* enum gan_tune */
#define NORMS "batch|instance|none"              /* enum gan_norm */
#define DECODERS "deconv|nearest"                /* enum gan_decoder */
#define EMBEDDINGS "scores|map"                  /* enum gan_embedding */
#define SCHEDULES "constant|linear|cosine"       /* enum gan_schedule */
#define BESTS "psnr|l1|colour"                   /* enum gan_best */
#define BEST_STAGES "any|last"                   /* enum gan_best_stage */
#define MEMORIES "fast|low"                      /* enum gan_memory */
#define SPACES "lab|yuv601|yuv709|hsv|rgb"       /* enum gan_colour_space */
#define LAYOUTS "single|halves|folders|unpaired" /* enum gan_layout */
#define INPUTS "gray|lines|rgb"                  /* enum gan_input */
#define DIRECTIONS "a_to_b|b_to_a"               /* enum gan_direction */
#define STATISTICS "per_rank|synchronised"       /* enum gan_batch_norm */
#define WIRES "f32|bf16"                         /* enum gan_wire */
#define EXACT 9007199254740992.0                 /* 2^53: whole numbers up to here are exact in a row's doubles */

static const gan_option run[] = {
    { AT(run, name), GAN_TEXT, 0, 0, 0, "", "name of the run; empty: of its file" },
    { AT(run, seed), GAN_INT, 1, 0, EXACT, NULL, "of weights, order, crops and dropout" },
    { AT(run, threads), GAN_INT, 0, 0, GAN_MOST_THREADS, NULL, "threads that compute; 0: all that may" },
    { AT(run, math), GAN_CHOICE, 0, 0, 0, MATHS, "what training's convolutions compute with" },
    { AT(run, tune), GAN_CHOICE, 0, 0, 0, TUNES, "time kernels, take the fastest" },
    { AT(run, memory), GAN_CHOICE, GAN_MEMORY_FAST, 0, 0, MEMORIES, "low: weights in one copy; same results" },
    { 0 },
};

static const gan_option data[] = {
    { AT(data, train), GAN_TEXT, 0, 0, 0, "", "folder of photographs to learn from" },
    { AT(data, val), GAN_TEXT, 0, 0, 0, "", "folder of photographs to validate on" },
    { AT(data, train_b), GAN_TEXT, 0, 0, 0, "", "folders, unpaired: the second folder, B" },
    { AT(data, val_b), GAN_TEXT, 0, 0, 0, "", "folders: the same for validation" },
    { AT(data, layout), GAN_CHOICE, GAN_SINGLE, 0, 0, LAYOUTS, "halves: A|B in one file" },
    { AT(data, direction), GAN_CHOICE, GAN_A_TO_B, 0, 0, DIRECTIONS, "pairs: which of A|B is the source" },
    { AT(data, size), GAN_INT, 256, 8, 4096, NULL, "side of training pictures, pixels" },
    { AT(data, load_size), GAN_INT, 0, 0, 8192, NULL, "short side before the crop; 0: size*9/8" },
    { AT(data, input), GAN_CHOICE, GAN_INPUT_GRAY, 0, 0, INPUTS, "what the generator sees of the source" },
    { AT(data, colour_space), GAN_CHOICE, GAN_LAB, 0, 0, SPACES, "colour space of the generator's answer" },
    { AT(data, restore_luminance), GAN_BOOL, 0, 0, 1, NULL, "rgb: give the answer the source's L" },
    { AT(data, hints), GAN_BOOL, 0, 0, 1, NULL, "show the generator a few places in colour" },
    { AT(data, skip_gray), GAN_BOOL, 0, 0, 1, NULL, "leave out near-gray photographs" },
    { AT(data, cache_mib), GAN_INT, 1024, 0, 1048576, NULL, "memory for decoded pictures, MiB" },
    { 0 },
};

static const gan_option augment[] = {
    { AT(augment, flip), GAN_BOOL, 1, 0, 1, NULL, "mirror every other picture" },
    { AT(augment, rotate), GAN_FLOAT, 0, 0, 180, NULL, "turn by up to so many degrees" },
    { AT(augment, shear), GAN_FLOAT, 0, 0, 1, NULL, "shear by up to this tangent" },
    { AT(augment, zoom), GAN_FLOAT, 0, 0, 0.9, NULL, "enlarge or shrink by up to this share" },
    { AT(augment, jitter), GAN_FLOAT, 0, 0, 1, NULL, "vary light, contrast, saturation and hue" },
    { AT(augment, noise), GAN_FLOAT, 0, 0, 1, NULL, "film grain on the gray input, deviation" },
    { AT(augment, fade), GAN_FLOAT, 0, 0, 1, NULL, "fade the gray input as old prints do" },
    { 0 },
};

static const gan_option generator[] = {
    { AT(generator, model), GAN_TEXT, 0, 0, 0, "unet", "a generator of models/" },
    { AT(generator, filters), GAN_INT, 64, 1, 1024, NULL, "channels of the first layer" },
    { AT(generator, levels), GAN_INT, 8, 1, 12, NULL, "unet: times the side is halved" },
    { AT(generator, blocks), GAN_INT, 9, 0, 64, NULL, "resnet: residual blocks" },
    { AT(generator, norm), GAN_CHOICE, GAN_NORM_BATCH, 0, 0, NORMS, "normalisation" },
    { AT(generator, decoder), GAN_CHOICE, GAN_DECODER_DECONV, 0, 0, DECODERS, "unet: how sides are doubled" },
    { AT(generator, dropout), GAN_FLOAT, 0.5, 0, 0.95, NULL, "share of units dropped" },
    { AT(generator, init), GAN_FLOAT, 0.02, 1e-6, 10, NULL, "deviation of the initial weights" },
    { AT(generator, features), GAN_TEXT, 0, 0, 0, "", "SqueezeNet, for full, fusion, perceptual" },
    { AT(generator, embedding), GAN_CHOICE, GAN_EMBEDDING_SCORES, 0, 0, EMBEDDINGS, "what of it full and fusion see" },
    { 0 },
};

static const gan_option discriminator[] = {
    { AT(discriminator, model), GAN_TEXT, 0, 0, 0, "patchgan", "patchgan or pixelgan" },
    { AT(discriminator, filters), GAN_INT, 64, 1, 1024, NULL, "channels of the first layer" },
    { AT(discriminator, layers), GAN_INT, 3, 1, 8, NULL, "patchgan: strided layers; 3 see 70 px" },
    { AT(discriminator, norm), GAN_CHOICE, GAN_NORM_BATCH, 0, 0, NORMS, "normalisation" },
    { 0 },
};

static const gan_option loss[] = {
    { AT(loss, gan), GAN_TEXT, 0, 0, 0, "vanilla", "adversarial: vanilla, lsgan or hinge" },
    { AT(loss, gan_weight), GAN_FLOAT, 1, 0, 1e6, NULL, "weight of the adversarial loss" },
    { AT(loss, l1), GAN_FLOAT, 100, 0, 1e6, NULL, "weight of the mean absolute error" },
    { AT(loss, l2), GAN_FLOAT, 0, 0, 1e6, NULL, "weight of the mean squared error" },
    { AT(loss, perceptual), GAN_FLOAT, 0, 0, 1e6, NULL, "of the difference of features" },
    { AT(loss, cycle), GAN_FLOAT, 10, 0, 1e6, NULL, "cyclegan: weight of there and back" },
    { AT(loss, identity), GAN_FLOAT, 0.5, 0, 1e6, NULL, "cyclegan: of leaving B alone, times cycle" },
    { AT(loss, bins), GAN_TEXT, 0, 0, 0, "", "list of bins of ab; empty: sRGB's" },
    { 0 },
};

static const gan_option optimizer[] = {
    { AT(optimizer, kind), GAN_CHOICE, 0, 0, 0, "adam", "optimiser of both networks" },
    { AT(optimizer, lr), GAN_FLOAT, 2e-4, 0, 1, NULL, "learning rate" },
    { AT(optimizer, lr_d), GAN_FLOAT, 0, 0, 1, NULL, "of the discriminator; 0: lr" },
    { AT(optimizer, lr_gan), GAN_FLOAT, 0, 0, 1, NULL, "pix2pix: of G against D; 0: lr" },
    { AT(optimizer, beta1), GAN_FLOAT, 0.5, 0, 0.9999, NULL, "decay of the gradients' mean" },
    { AT(optimizer, beta2), GAN_FLOAT, 0.999, 0, 0.999999, NULL, "decay of their squares' mean" },
    { AT(optimizer, eps), GAN_FLOAT, 1e-8, 1e-16, 1, NULL, "added to the square root" },
    { AT(optimizer, schedule), GAN_CHOICE, GAN_SCHEDULE_LINEAR, 0, 0, SCHEDULES, "linear: flat for epochs, then to 0" },
    { 0 },
};

static const gan_option train[] = {
    { AT(train, recipe), GAN_TEXT, 0, 0, 0, "pix2pix", "one of src/recipes, e.g. regression" },
    { AT(train, batch), GAN_INT, 1, 1, 4096, NULL, "pictures a step, of all ranks together" },
    { AT(train, epochs), GAN_INT, 100, 0, 1e6, NULL, "epochs at the full learning rate" },
    { AT(train, decay_epochs), GAN_INT, 100, 0, 1e6, NULL, "epochs after them, while it decays" },
    { AT(train, steps), GAN_INT, 0, 0, 1e12, NULL, "stop after this step; 0: no limit" },
    { AT(train, pretrain_steps), GAN_INT, 0, 0, 1e12, NULL, "pix2pix: first steps, G alone" },
    { AT(train, warmup_steps), GAN_INT, 0, 0, 1e12, NULL, "pix2pix: next steps, D alone, at most" },
    { AT(train, ready), GAN_FLOAT, 0, 0, 1, NULL, "mean loss of D that ends them; 0: none" },
    { AT(train, pool), GAN_INT, 0, 0, 1e6, NULL, "fakes kept to show to D again" },
    { AT(train, ema), GAN_FLOAT, 0, 0, 0.999999, NULL, "decay of G's moving average; 0: none" },
    { AT(train, batch_norm), GAN_CHOICE, GAN_PER_RANK, 0, 0, STATISTICS, "mpirun: whose statistics batch norm takes" },
    { AT(train, allreduce), GAN_CHOICE, 0, 0, 0, WIRES, "mpirun: how gradients travel" },
    { AT(train, bucket_mib), GAN_FLOAT, 4, 0.001, 1024, NULL, "mpirun: gradients sent at a time, MiB" },
    { 0 },
};

static const gan_option checkpoint[] = {
    { AT(checkpoint, every_epochs), GAN_INT, 1, 0, 1e6, NULL, "epochs between savings; 0: off" },
    { AT(checkpoint, every_minutes), GAN_FLOAT, 10, 0, 1e5, NULL, "minutes between savings; 0: off" },
    { AT(checkpoint, keep), GAN_INT, 0, 0, 1e6, NULL, "numbered files of epochs to keep" },
    { AT(checkpoint, samples), GAN_INT, 8, 0, 256, NULL, "pictures on a sample sheet; 0: none" },
    { AT(checkpoint, best), GAN_CHOICE, GAN_BEST_PSNR, 0, 0, BESTS, "what the best epoch is best at" },
    { AT(checkpoint, best_stage), GAN_CHOICE, GAN_STAGE_ANY, 0, 0, BEST_STAGES, "last: earlier stages rank behind" },
    { 0 },
};

static const gan_config_section sections[] = {
    { "run", run },
    { "data", data },
    { "augment", augment },
    { "generator", generator },
    { "discriminator", discriminator },
    { "loss", loss },
    { "optimizer", optimizer },
    { "train", train },
    { "checkpoint", checkpoint },
    { 0 },
};

const gan_config_section *gan_config_sections(void)
{
    return sections;
}

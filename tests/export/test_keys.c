/* Names of parameters in the state dicts of the reference, as recorded from it. */
#include "export/keys.h"

#include <criterion/criterion.h>
#include <string.h>

#include "gan/error.h"

static const gan_keys unet8 = { "unet", 8, 1 }, unet2 = { "unet", 2, 0 };
static const gan_keys resnet9 = { "resnet", 9, 1 }, resnet6 = { "resnet", 6, 0 };
static const gan_keys other = { "other", 3, 0 };

#define INSIDE "model.model.1.model.3.model.3.model.3.model.3.model.3.model.3."

static const struct {
    const gan_keys *of;
    const char *ours, *theirs;
} rows[] = {
    { &unet8, "enc1.conv.weights", "model.model.0.weight" },
    { &unet8, "enc2.conv.weights", "model.model.1.model.1.weight" },
    { &unet8, "enc2.norm.gamma", "model.model.1.model.2.weight" },
    { &unet8, "enc3.norm.variance", "model.model.1.model.3.model.2.running_var" },
    { &unet8, "enc8.conv.weights", INSIDE "model.1.weight" },
    { &unet8, "dec1.deconv.weights", INSIDE "model.3.weight" },
    { &unet8, "dec1.norm.mean", INSIDE "model.4.running_mean" },
    { &unet8, "dec7.deconv.weights", "model.model.1.model.5.weight" },
    { &unet8, "dec7.norm.beta", "model.model.1.model.6.bias" },
    { &unet8, "dec8.deconv.weights", "model.model.3.weight" },
    { &unet8, "dec8.deconv.bias", "model.model.3.bias" },
    { &unet2, "enc2.conv.weights", "model.model.1.model.1.weight" },
    { &unet2, "dec1.norm.gamma", "model.model.1.model.4.weight" },
    { &resnet9, "first.conv.weights", "model.1.weight" },
    { &resnet9, "first.norm.gamma", "model.2.weight" },
    { &resnet9, "down1.conv.weights", "model.4.weight" },
    { &resnet9, "down2.norm.beta", "model.8.bias" },
    { &resnet9, "res_a1.conv.weights", "model.10.conv_block.1.weight" },
    { &resnet9, "res_b1.conv.weights", "model.10.conv_block.6.weight" },
    { &resnet9, "res_b9.norm.mean", "model.18.conv_block.7.running_mean" },
    { &resnet9, "up1.deconv.weights", "model.19.weight" },
    { &resnet9, "up2.norm.gamma", "model.23.weight" },
    { &resnet9, "last.conv.bias", "model.26.bias" },
    { &resnet6, "res_b6.conv.weights", "model.15.conv_block.5.weight" },
    { &resnet6, "last.conv.weights", "model.23.weight" },
};

Test(keys, are_those_of_the_reference)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char key[GAN_KEY_BYTES];
        cr_assert_eq(gan_key(rows[i].of, rows[i].ours, key), 0, "%s", gan_error_message());
        cr_expect_str_eq(key, rows[i].theirs, "%s: %s", rows[i].ours, key);
    }
}

Test(keys, variances_have_a_counter)
{
    char key[GAN_KEY_BYTES];
    cr_assert_eq(gan_key_batches(&unet8, "enc2.norm.variance", key), 0);
    cr_expect_str_eq(key, "model.model.1.model.2.num_batches_tracked");
    cr_expect_eq(gan_key_batches(&unet8, "enc2.norm.mean", key), -1);
}

Test(keys, what_the_reference_has_not_is_refused)
{
    static const struct {
        const gan_keys *of;
        const char *ours;
    } bad[] = {
        { &unet8, "enc9.conv.weights" },
        { &unet8, "enc1.norm.gamma" },
        { &unet8, "enc8.norm.gamma" },
        { &unet8, "enc0.conv.weights" },
        { &unet8, "first.conv.weights" },
        { &unet8, "enc1.conv" },
        { &unet8, "enc1" },
        { &unet8, "" },
        { &resnet9, "res_a10.conv.weights" },
        { &resnet9, "res_a0.conv.weights" },
        { &other, "enc1.conv.weights" },
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char key[GAN_KEY_BYTES];
        cr_expect_eq(gan_key(bad[i].of, bad[i].ours, key), -1, "%s became %s", bad[i].ours, key);
        cr_expect(strstr(gan_error_message(), bad[i].ours), "%s", gan_error_message());
    }
}

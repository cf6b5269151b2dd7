#include <stdio.h>
#include <string.h>

#include "gan/error.h"
#include "gan/loss.h"

#define PIXEL(name) extern const gan_loss_def gan_loss_##name;
#define ADVERSARIAL(name) extern const gan_adversarial_def gan_adversarial_##name;
#include "losses/list.h"
#undef PIXEL
#undef ADVERSARIAL

static const gan_loss_def *const pixel[] = {
#define PIXEL(name) &gan_loss_##name,
#define ADVERSARIAL(name)
#include "losses/list.h"
#undef PIXEL
#undef ADVERSARIAL
    NULL
};

static const gan_adversarial_def *const adversarial[] = {
#define PIXEL(name)
#define ADVERSARIAL(name) &gan_adversarial_##name,
#include "losses/list.h"
#undef PIXEL
#undef ADVERSARIAL
    NULL
};

const gan_loss_def *const *gan_loss_all(void)
{
    return pixel;
}

const gan_adversarial_def *const *gan_adversarial_all(void)
{
    return adversarial;
}

static void append(char *names, size_t bytes, const char *name)
{
    size_t used = strlen(names);
    snprintf(names + used, bytes - used, "%s%s", used ? ", " : "", name);
}

const gan_loss_def *gan_loss_find(const char *name)
{
    char names[256] = "";
    for (int i = 0; pixel[i]; i++) {
        if (!strcmp(pixel[i]->name, name)) return pixel[i];
        append(names, sizeof names, pixel[i]->name);
    }
    gan_error("'%.64s' is no pixel loss; there are: %s", name, names);
    return NULL;
}

const gan_adversarial_def *gan_adversarial_find(const char *name)
{
    char names[256] = "";
    for (int i = 0; adversarial[i]; i++) {
        if (!strcmp(adversarial[i]->name, name)) return adversarial[i];
        append(names, sizeof names, adversarial[i]->name);
    }
    gan_error("'%.64s' is no adversarial loss; there are: %s", name, names);
    return NULL;
}

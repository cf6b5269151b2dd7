#include "core/layer.h"
#include "layers/layers.h"

static const gan_layer_def *const all[] = {
#define X(name) &gan_layer_##name,
#include "layers/list.h"
#undef X
    NULL
};

const gan_layer_def *const *gan_layer_all(void)
{
    return all;
}

const char *gan_layer_name(const gan_layer_def *def)
{
    return def->name;
}

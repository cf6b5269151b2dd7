#include "gan/version.h"

#include "core/dnn/dnn.h"

const char *gan_version(void)
{
    return GAN_VERSION;
}

const char *gan_backend_version(void)
{
    return gan_dnn_version();
}

unsigned gan_backend_isa(void)
{
    return gan_dnn_isa();
}

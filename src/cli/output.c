#define _POSIX_C_SOURCE 200809L
#include <sys/stat.h>

#include "cli/cli.h"

int gan_check_output(const char *input, const char *output)
{
    struct stat in, out;
    if (stat(input, &in) || stat(output, &out) || in.st_dev != out.st_dev || in.st_ino != out.st_ino) return 0;
    return gan_error("'%s' would overwrite its input: choose another output", output);
}

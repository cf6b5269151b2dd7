#include "export/interface.h"

#include <stdio.h>
#include <string.h>

#include "gan/error.h"
#include "gan/task.h"

static const struct {
    const char *name;
    double tolerance;
} ios[] = { [GAN_IO_LAB] = { "lab", 1e-5 }, [GAN_IO_RGB] = { "rgb", 5e-5 }, [GAN_IO_NATIVE] = { "native", 1e-5 } };
enum { IOS = sizeof ios / sizeof *ios };

const char *gan_io_name(enum gan_io io)
{
    return ios[io].name;
}

int gan_io_find(const char *name, enum gan_io *io)
{
    for (int i = 0; i < IOS; i++)
        if (!strcmp(name, ios[i].name)) {
            *io = (enum gan_io)i;
            return 0;
        }
    return gan_error("'%.32s' is no interface: there are lab, rgb and native", name);
}

double gan_io_tolerance(enum gan_io io)
{
    return ios[io].tolerance;
}

enum gan_io gan_io_usual(const gan_config *c)
{
    gan_task t = gan_task_of(c);
    int lab = t.input == GAN_INPUT_GRAY && t.space == gan_space_of(GAN_LAB) && !t.hints;
    return lab ? GAN_IO_LAB : GAN_IO_NATIVE;
}

int gan_io_check(enum gan_io io, const gan_config *c)
{
    int lab = gan_io_usual(c) == GAN_IO_LAB;
    if (lab == (io != GAN_IO_NATIVE)) return 0;
    if (lab) return gan_error("what the network sees and answers is 'lab'; 'native' is for all others");
    return gan_error("only networks that see gray alone and answer in CIELAB can have '%s': this one has 'native'",
                     gan_io_name(io));
}

int gan_io_inputs(enum gan_io io, const gan_config *c)
{
    return io == GAN_IO_RGB ? 3 : gan_config_inputs(c);
}

int gan_io_outputs(enum gan_io io, const gan_config *c)
{
    return io == GAN_IO_RGB ? 3 : gan_config_outputs(c);
}

static const char *const seen[] = {
    [GAN_INPUT_GRAY] = "the luminance that the colour space separates",
    [GAN_INPUT_LINES] = "lines, -1 ink and 1 paper",
    [GAN_INPUT_RGB] = "R, G and B of sRGB, 2 v - 1",
};

/* The planes of a task, in the words of its tables. */
static void describe_native(const gan_config *c, gan_io_texts *out)
{
    gan_task t = gan_task_of(c);
    int n = snprintf(out->input, sizeof out->input, "%s", seen[t.input]);
    if (t.hints)
        n += snprintf(out->input + n, sizeof out->input - (size_t)n,
                      "; y where it is known, else 0; 1 where it is known, else 0");
    snprintf(out->input + n, sizeof out->input - (size_t)n, ": N x %d x H x W, about -1..1", t.inputs);
    snprintf(out->output, sizeof out->output, "the planes to be found of %s: N x %d x H x W, about -1..1",
             t.space->name, t.outputs);
    snprintf(out->space, sizeof out->space, "%s", t.space->help);
}

static const gan_io_texts texts[] = {
    [GAN_IO_LAB] = { "L / 50 - 1, L of CIELAB 0..100: N x 1 x H x W, -1..1",
                     "a / 110 and b / 110 of CIELAB: N x 2 x H x W, -1..1", "CIELAB, D65, 2 degrees, of sRGB" },
    [GAN_IO_RGB] = { "sRGB 0..1, gray or colour, of which only the luminance is seen: N x 3 x H x W",
                     "sRGB 0..1 with the luminance of the input: N x 3 x H x W", "sRGB" },
};

void gan_io_describe(enum gan_io io, const gan_config *c, gan_io_texts *out)
{
    if (io == GAN_IO_NATIVE)
        describe_native(c, out);
    else
        *out = texts[io];
}

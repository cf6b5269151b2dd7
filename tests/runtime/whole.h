/* For tests that include runtime/gan_infer.c: runs graphs whose result may have another size than their input, with the
 * kernel of any CPU. */
#ifndef GAN_TESTS_RUNTIME_WHOLE_H
#define GAN_TESTS_RUNTIME_WHOLE_H

#include <criterion/criterion.h>

#include "support/onnx_bytes.h"

/* Reads the file, which is released. */
static gan_infer *open_whole(const struct kernel *kernel, onnx_bytes *file)
{
    gan_infer *m = create();
    cr_assert(m);
    m->kernel = kernel;
    cr_assert_eq(load_model(m, (struct span){ file->at, file->at + file->n }), 0, "%s", m->error);
    onnx_release(file);
    return m;
}

/* y: most floats. Returns the shape of what it holds then. */
static struct shape run_whole(gan_infer *m, int h, int w, const float *x, float *y, size_t most)
{
    m->value[0].shape = (struct shape){ m->info.in_channels, h, w };
    for (int i = 0; i < m->steps; i++) cr_assert_eq(m->step[i].op->shape(m, &m->step[i]), 0, "%s", m->error);
    cr_assert_leq(volume(m->value[m->output].shape), most);
    release(&m->memory);
    m->threads = THREADS;
    m->arena = take(m, &m->memory, find_places(m) + 1, sizeof *m->arena);
    m->scratch = take(m, &m->memory, (size_t)m->threads * SCRATCH, sizeof *m->scratch);
    cr_assert(m->arena && m->scratch, "%s", m->error);
    run_steps(m, x, y);
    return m->value[m->output].shape;
}

#endif

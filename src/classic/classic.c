#include "gan/classic.h"

#include <stdio.h>
#include <string.h>

#include "classic/method.h"
#include "gan/colour.h"
#include "gan/error.h"
#include "gan/mem.h"

static const gan_method *const methods[] = {
#define X(name) &gan_method_##name,
#include "classic/list.h"
#undef X
};
enum { NMETHODS = sizeof methods / sizeof *methods };

struct gan_classic {
    const gan_method *method;
    void *common; /* owned */
};

const gan_classic_info *gan_classic_at(int i)
{
    return i >= 0 && i < NMETHODS ? &methods[i]->info : NULL;
}

static const gan_method *find(const char *name)
{
    char names[128] = "";
    for (int i = 0; i < NMETHODS; i++) {
        if (!strcmp(methods[i]->info.name, name)) return methods[i];
        size_t used = strlen(names);
        snprintf(names + used, sizeof names - used, "%s%s", used ? ", " : "", methods[i]->info.name);
    }
    gan_error("'%.64s' is no method; there are: %s", name, names);
    return NULL;
}

static int check_options(const gan_classic_info *m, const gan_classic_opt *o)
{
    int reference = (m->needs & GAN_NEEDS_REFERENCE) != 0;
    if (reference && !o->reference) return gan_error("method '%s' needs a reference picture", m->name);
    if (!reference && o->reference) return gan_error("method '%s' takes no reference picture", m->name);
    if (o->rules && !(m->needs & GAN_TAKES_RULES)) return gan_error("method '%s' takes no rules", m->name);
    return 0;
}

gan_classic *gan_classic_open(const char *name, const gan_classic_opt *o)
{
    const gan_method *method = find(name);
    if (!method || check_options(&method->info, o)) return NULL;
    gan_classic *c = gan_mem_alloc(1, sizeof *c);
    if (!c) return NULL;
    c->method = method;
    if (!method->prepare || (c->common = method->prepare(o))) return c;
    gan_mem_free(c);
    return NULL;
}

void gan_classic_free(gan_classic *c)
{
    if (!c) return;
    if (c->common) c->method->release(c->common);
    gan_mem_free(c);
}

const gan_classic_info *gan_classic_get_info(const gan_classic *c)
{
    return &c->method->info;
}

static int check_scribbles(const gan_classic_info *m, int w, int h, const gan_scribbles *s)
{
    if (!s) return gan_error("method '%s' needs scribbles", m->name);
    if (s->w != w || s->h != h)
        return gan_error("the scribbles are of %dx%d pixels, the picture of %dx%d", s->w, s->h, w, h);
    return s->count ? 0 : gan_error("the scribbles hold no colour");
}

int gan_classic_run(const gan_classic *c, int w, int h, const float *x, const gan_scribbles *s, float *y)
{
    const gan_method *m = c->method;
    int takes = (m->info.needs & GAN_NEEDS_SCRIBBLES) != 0;
    GAN_ASSERT(w > 0 && h > 0);
    if (takes && check_scribbles(&m->info, w, h, s)) return -1;
    return m->colour(c->common, &(gan_gray){ w, h, x, takes ? s : NULL }, y);
}

static void restore(const float *x, const float *y, size_t n, gan_photo *p)
{
    if (p->rgb)
        gan_lab_restore(x, y, n, p->rgb);
    else
        gan_lab_restore16(x, y, n, p->rgb16);
}

int gan_classic_photo(const gan_classic *c, gan_photo *p, const gan_scribbles *s, double strength)
{
    size_t n = (size_t)p->w * (size_t)p->h;
    float *x = gan_mem_alloc(n, 3 * sizeof *x);
    if (!x) return -1;
    if (p->rgb)
        gan_lab_normalise(p->rgb, n, x, NULL);
    else
        gan_lab_normalise16(p->rgb16, n, x, NULL);
    int failed = gan_classic_run(c, p->w, p->h, x, s, x + n);
    for (size_t i = n; i < 3 * n && !failed; i++) x[i] *= (float)strength;
    if (!failed) restore(x, x + n, n, p);
    gan_mem_free(x);
    return failed;
}

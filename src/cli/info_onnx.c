/* gan info of an .onnx file that gan has exported. */
#include <jansson.h>

#include "cli/cli.h"
#include "cli/info.h"
#include "export/tensors.h"
#include "gan/export.h"
#include "gan/mem.h"

static size_t numbers_of(const gan_graph *g)
{
    size_t n = 0;
    for (int i = 0; i < gan_graph_params(g); i++) n += gan_graph_param(g, i)->count;
    return n;
}

static int print_text(const char *path, const gan_exported *e)
{
    char *config = gan_config_text(&e->config);
    if (!config) return -1;
    printf("file        ");
    gan_print_visible(path, stdout);
    printf("\nformat      ONNX, exported by gan ");
    gan_print_visible(e->version, stdout);
    printf("\ninterface   %s\nsize        ", gan_io_name(e->io));
    if (e->h)
        printf("%dx%d", e->h, e->w);
    else
        printf("multiples of %d", e->multiple);
    printf("\nnorm        ");
    gan_print_visible(e->norm, stdout);
    printf("\nweights     %s\nparameters  %zu\n\n%s", e->fp16 ? "float16" : "float32", numbers_of(e->frozen.graph),
           config);
    gan_mem_free(config);
    return 0;
}

static int print_json(const gan_exported *e)
{
    json_t *o = json_pack("{ss ss si ss ss sI}", "version", e->version, "io", gan_io_name(e->io), "multiple",
                          e->multiple, "norm", e->norm, "weights", e->fp16 ? "float16" : "float32", "parameters",
                          (json_int_t)numbers_of(e->frozen.graph));
    int bad = !o || (e->h && json_object_set_new(o, "size", json_pack("[ii]", e->h, e->w)));
    bad = bad || gan_info_set_config(o, &e->config);
    if (!bad) json_dumpf(o, stdout, JSON_INDENT(2));
    if (!bad) putchar('\n');
    json_decref(o);
    return bad ? gan_error("cannot make JSON: out of memory or no UTF-8") : 0;
}

int gan_info_onnx(const char *path, int json)
{
    gan_exported *e = gan_mem_alloc(1, sizeof *e);
    int result = e ? gan_exported_open(e, path) : -1;
    if (!result) {
        result = json ? print_json(e) : print_text(path, e);
        gan_exported_release(e);
    }
    gan_mem_free(e);
    return result;
}

static int print_proof(const gan_proof *p, int json)
{
    if (!json) {
        printf("verified: a picture of %dx%d differs by %.3g at most (allowed: %.0e)\n", p->w, p->h, p->worst,
               p->tolerance);
        return 0;
    }
    json_t *o = json_pack("{sb si si sf sf}", "verified", 1, "width", p->w, "height", p->h, "worst", p->worst,
                          "allowed", p->tolerance);
    if (o) json_dumpf(o, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(9));
    if (o) putchar('\n');
    json_decref(o);
    return o ? 0 : gan_error("cannot make JSON: out of memory");
}

/* Of kinds that are known; what else is wrong is said where it is read. */
static int check_kind(const char *path)
{
    const gan_tensor_reader *r = gan_tensors_reader(path);
    if (!r || r == &gan_onnx_reader) return 0;
    return gan_error("'%s' is %s: only .onnx files hold a proof", path, r->name);
}

int gan_info_verify(const char *path, int json)
{
    gan_proof p;
    if (check_kind(path) || gan_exported_prove(path, &p)) return -1;
    if (!(p.worst <= p.tolerance))
        return gan_error("'%s': its proof of %dx%d fails: it differs by %.3g, more than %.0e", path, p.w, p.h, p.worst,
                         p.tolerance);
    return print_proof(&p, json);
}

/* gan info of .pth files, and of ONNX files under other names: what gan import sees of them. */
#include <inttypes.h>
#include <jansson.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/info.h"
#include "export/tensors.h"
#include "gan/mem.h"

static size_t elements(const gan_tensors *t)
{
    size_t n = 0;
    for (size_t i = 0; i < t->count; i++) n += t->item[i].count;
    return n;
}

static void print_tensor(const gan_tensor *x)
{
    char shape[GAN_TENSOR_DIMS * 24] = "";
    for (int i = 0; i < x->ndims; i++) {
        size_t used = strlen(shape);
        snprintf(shape + used, sizeof shape - used, "%s%" PRId64, i ? " " : "", x->dims[i]);
    }
    printf("%-20s  ", shape);
    gan_print_visible(x->name, stdout);
    putchar('\n');
}

static int print_config(const char *text)
{
    static gan_config c; /* large */
    char *checked = gan_config_parse(&c, "its configuration", text, 0, NULL) ? NULL : gan_config_text(&c);
    if (!checked) return -1;
    printf("\n%s", checked);
    gan_mem_free(checked);
    return 0;
}

static int print_text(const char *path, const gan_tensors *t)
{
    printf("file        ");
    gan_print_visible(path, stdout);
    printf("\nformat      %s\nparameters  %zu\ntensors     %zu\n", t->reader->name, elements(t), t->count);
    if (t->config && print_config(t->config)) return -1;
    printf("\nshape                 name\n");
    for (size_t i = 0; i < t->count; i++) print_tensor(&t->item[i]);
    return 0;
}

static int set_config(json_t *o, const char *text)
{
    static gan_config c; /* large */
    return gan_config_parse(&c, "its configuration", text, 0, NULL) || gan_info_set_config(o, &c);
}

static int set_tensors(json_t *o, const gan_tensors *t)
{
    json_t *tensors = json_array();
    int bad = 0;
    for (size_t i = 0; i < t->count; i++) {
        const gan_tensor *x = &t->item[i];
        json_t *shape = json_array();
        for (int d = 0; d < x->ndims; d++) bad |= json_array_append_new(shape, json_integer((json_int_t)x->dims[d]));
        bad |= json_array_append_new(tensors, json_pack("{ss so}", "name", x->name, "shape", shape));
    }
    return bad | json_object_set_new(o, "tensors", tensors);
}

static int print_json(const gan_tensors *t)
{
    json_t *o = json_pack("{ss sI}", "format", t->reader->name, "parameters", (json_int_t)elements(t));
    int bad = !o || (t->config && set_config(o, t->config)) || set_tensors(o, t);
    if (!bad) json_dumpf(o, stdout, JSON_INDENT(2));
    if (!bad) putchar('\n');
    json_decref(o);
    return bad ? gan_error("cannot make JSON: out of memory or no UTF-8") : 0;
}

int gan_info_tensors(const char *path, int json)
{
    gan_tensors t;
    if (gan_tensors_open(&t, path)) return gan_error_in("cannot read '%s'", path);
    int result = json ? print_json(&t) : print_text(path, &t);
    gan_tensors_close(&t);
    return result;
}

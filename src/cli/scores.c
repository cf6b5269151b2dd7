#include "cli/scores.h"

#include <jansson.h>
#include <math.h>

#include "gan/error.h"

static double images_per_s(const gan_scores *s)
{
    return s->seconds > 0 ? (double)s->images / s->seconds : 0;
}

/* For people */

static void print_number(double value, int digits)
{
    if (isnan(value))
        printf(" %8s", "");
    else
        printf(" %8.*f", digits, value);
}

/* What no picture has is left out. */
static void print_row(const gan_figure *row, gan_scores *s)
{
    char name[32];
    if (isnan(*gan_figure_in(row, &s->mean)) && isnan(*gan_figure_in(row, &s->gray))) return;
    snprintf(name, sizeof name, "%s%s%s", row->name, *row->unit ? ", " : "", row->unit);
    printf("%-18s", name);
    print_number(*gan_figure_in(row, &s->mean), row->digits);
    print_number(*gan_figure_in(row, &s->gray), row->digits);
    if (row->better == GAN_AS_TRUE) print_number(*gan_figure_in(row, &s->truth), row->digits);
    printf("\n");
}

/* Of all pictures together, below the mean over pictures. */
static void print_set(const gan_scores *s)
{
    printf("%-18s", "... of the set");
    print_number(s->set_intersection, 4);
    printf("\n");
}

void gan_scores_print(gan_scores *s, int size)
{
    const gan_figure *row;
    printf("%zu pictures of %dx%d pixels", s->images, size, size);
    if (s->skipped) printf(", %zu unreadable ones skipped", s->skipped);
    printf(", %.1f images/s\n\n", images_per_s(s));
    printf("%-18s generated     gray     true\n", "");
    for (int i = 0; (row = gan_figure_at(i)); i++) {
        print_row(row, s);
        if (row->offset == offsetof(gan_figures, ab_intersection)) print_set(s);
    }
}

/* For machines. Beside a figure stands that of gray, gray_NAME, or, of those that are to be as in the original, that of
 * the original, NAME_true. */

static const char *beside(const gan_figure *row)
{
    static _Thread_local char name[64];
    snprintf(name, sizeof name, row->better == GAN_AS_TRUE ? "%s_true" : "gray_%s", row->name);
    return name;
}

static double beside_value(const gan_figure *row, gan_scores *s)
{
    return *gan_figure_in(row, row->better == GAN_AS_TRUE ? &s->truth : &s->gray);
}

/* JSON knows no NaN: SSIM is none below its window of 11 pixels. */
static json_t *number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

int gan_scores_print_json(gan_scores *s)
{
    const gan_figure *row;
    json_t *o = json_pack("{sI sI so so}", "images", (json_int_t)s->images, "skipped", (json_int_t)s->skipped,
                          "images_per_s", number(images_per_s(s)), "ab_intersection_set", number(s->set_intersection));
    int failed = !o;
    for (int i = 0; (row = gan_figure_at(i)) && !failed; i++)
        failed = json_object_set_new(o, row->name, number(*gan_figure_in(row, &s->mean))) ||
                 json_object_set_new(o, beside(row), number(beside_value(row, s)));
    if (failed) {
        json_decref(o);
        return gan_error("out of memory");
    }
    json_dumpf(o, stdout, JSON_REAL_PRECISION(9)); /* a failed write is seen when stdout is closed */
    putchar('\n');
    json_decref(o);
    return 0;
}

void gan_scores_csv_header(FILE *out)
{
    const gan_figure *row;
    fputs("picture", out);
    for (int i = 0; (row = gan_figure_at(i)); i++) fprintf(out, ",%s,%s", row->name, beside(row));
    fputc('\n', out);
}

/* In quotes, those within doubled (RFC 4180). */
static void put_text(FILE *out, const char *text)
{
    fputc('"', out);
    for (; *text; text++) {
        if (*text == '"') fputc('"', out);
        fputc(*text, out);
    }
    fputc('"', out);
}

static void put_value(FILE *out, double value)
{
    fputc(',', out);
    if (!isnan(value)) fprintf(out, "%.6g", value);
}

void gan_scores_csv_row(FILE *out, const char *picture, gan_scores *s)
{
    const gan_figure *row;
    put_text(out, picture);
    for (int i = 0; (row = gan_figure_at(i)); i++) {
        put_value(out, *gan_figure_in(row, &s->mean));
        put_value(out, beside_value(row, s));
    }
    fputc('\n', out);
}

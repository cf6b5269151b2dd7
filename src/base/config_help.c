/* The table of all keys, in 100 columns. */
#include <string.h>

#include "gan/config.h"

static const char LAYOUT[] = "  %-13s  %-6s  %-8s  %-22s  %s\n";

static const char *const types[] = {
    [GAN_INT] = "whole", [GAN_FLOAT] = "number", [GAN_BOOL] = "yes/no", [GAN_CHOICE] = "choice", [GAN_TEXT] = "text",
};

/* A bound as people write it: 9007199254740992, 0.95, 1e-06. */
static void format_bound(const gan_option *row, double bound, char *text, size_t room)
{
    snprintf(text, room, row->type == GAN_INT ? "%.0f" : "%g", bound);
}

static void format_range(const gan_option *row, char *text, size_t room)
{
    char least[24], most[24];
    format_bound(row, row->least, least, sizeof least);
    format_bound(row, row->most, most, sizeof most);
    if (row->type == GAN_INT || row->type == GAN_FLOAT)
        snprintf(text, room, "%s..%s", least, most);
    else
        snprintf(text, room, "%s", row->type == GAN_CHOICE ? row->text : "");
}

void gan_config_help(FILE *out)
{
    gan_config c;
    gan_config_defaults(&c);
    fprintf(out, LAYOUT, "KEY", "TYPE", "DEFAULT", "RANGE", "MEANING");
    for (const gan_config_section *s = gan_config_sections(); s->name; s++) {
        fprintf(out, "\n[%s]\n", s->name);
        for (const gan_option *row = s->rows; row->name; row++) {
            char value[GAN_TEXT_BYTES], range[64];
            gan_option_get(row, &c, value);
            format_range(row, range, sizeof range);
            fprintf(out, LAYOUT, row->name, types[row->type], *value ? value : "\"\"", range, row->help);
        }
    }
}

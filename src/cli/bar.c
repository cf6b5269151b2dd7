#define _GNU_SOURCE
#include "cli/bar.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static const double REDRAW_S = 0.1, PLAIN_S = 10, NEVER_S = -1e9;
static const char ERASE[] = "\r\033[K";
enum { BAR_MOST = 24, BAR_LEAST = 8, COLUMNS_UNKNOWN = 80 };

void gan_bar_init(gan_bar *b, FILE *out)
{
    const char *term = getenv("TERM");
    memset(b, 0, sizeof *b);
    b->out = out;
    b->clock_s = gan_clock_s;
    b->shown_s = NEVER_S;
    b->terminal = isatty(fileno(out)) && term && *term && strcmp(term, "dumb") != 0;
}

static int columns(const gan_bar *b)
{
    struct winsize w;
    if (b->width) return b->width;
    return ioctl(fileno(b->out), TIOCGWINSZ, &w) == 0 && w.ws_col ? w.ws_col : COLUMNS_UNKNOWN;
}

/* From 0 to 1. */
static double share(const gan_progress *p)
{
    return p->done < p->total ? (double)p->done / (double)p->total : 1;
}

/* "[#####-----] " of the given width, or nothing where that is too narrow. */
static void format_bar(double done, int width, char *text)
{
    *text = '\0';
    if (width > BAR_MOST) width = BAR_MOST;
    if (width < BAR_LEAST) return;
    int cells = width - 3, full = (int)(done * cells);
    *text++ = '[';
    for (int i = 0; i < cells; i++) *text++ = i < full ? '#' : '-';
    memcpy(text, "] ", 3);
}

static int at_least_0(int n)
{
    return n > 0 ? n : 0;
}

/* Task, bar, share, figures and time left, in the columns there are: the bar gives way first, then the figures' end. */
static void format_line(gan_bar *b, const gan_progress *p)
{
    char bar[BAR_MOST + 1] = "", head[32], tail[GAN_DURATION_BYTES + 8] = "", left[GAN_DURATION_BYTES];
    int width = GAN_BAR_BYTES - 1;
    if (b->terminal && columns(b) - 1 < width) width = columns(b) - 1; /* in a full line the cursor may go down */
    if (p->total) {
        gan_duration_text(gan_rate_left_s(&b->rate, (double)p->total), left);
        snprintf(head, sizeof head, "%3.0f%%", 100 * share(p));
        snprintf(tail, sizeof tail, "  %s left", left);
    } else {
        snprintf(head, sizeof head, "%llu", (unsigned long long)p->done);
    }
    int used = (int)(strlen(p->task) + strlen("  ") + strlen(head) + strlen(tail));
    int wanted = (int)strlen(p->text), room = at_least_0(width - used - 2);
    int figures = wanted < room ? wanted : room, gap = figures ? 2 : 0;
    if (b->terminal && p->total) format_bar(share(p), width - used - gap - figures, bar);
    snprintf(b->line, sizeof b->line, "%s  %s%s%*s%.*s%s", p->task, bar, head, gap, "", figures, p->text, tail);
    b->line[width] = '\0';
}

static void show(gan_bar *b, const char *before, const char *after)
{
    fprintf(b->out, "%s%s%s", before, b->line, after);
    fflush(b->out);
    b->pending = 0;
}

void gan_bar_show(void *bar, const gan_progress *p)
{
    gan_bar *b = bar;
    double now_s = b->clock_s();
    gan_rate_add(&b->rate, now_s, (double)p->done);
    int due = now_s - b->shown_s >= (b->terminal ? REDRAW_S : PLAIN_S);
    if (b->terminal && !due) return;
    format_line(b, p);
    b->pending = !b->terminal;
    if (!due) return;
    b->shown_s = now_s;
    if (b->terminal)
        show(b, ERASE, "");
    else
        show(b, "", "\n");
}

void gan_bar_clear(const gan_bar *b)
{
    if (!b->terminal) return;
    fputs(ERASE, b->out);
    fflush(b->out);
}

void gan_bar_finish(gan_bar *b)
{
    gan_bar_clear(b);
    if (b->pending) show(b, "", "\n");
    b->shown_s = NEVER_S;
    b->rate = (gan_rate){ 0 };
}

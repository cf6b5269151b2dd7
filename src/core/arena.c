/* Places buffers in one block of memory: largest first, each at the lowest address that no buffer living at the same
 * time covers. */
#include "core/build.h"
#include "gan/mem.h"

enum { ALIGN = 64 };

struct place {
    size_t begin, end;
};

static int root_in_arena(const struct buf *b)
{
    return b->kind == BUF_ARENA && b->parent == GAN_NONE && b->last >= 0;
}

static void sort_by_size(const gan_plan *p, gan_buf *order, int n)
{
    for (int i = 1; i < n; i++) {
        gan_buf b = order[i];
        int k = i;
        for (; k > 0 && p->buf[order[k - 1]].bytes < p->buf[b].bytes; k--) order[k] = order[k - 1];
        order[k] = b;
    }
}

/* Inserts a place into the list sorted by begin. */
static void insert(struct place *list, int n, struct place at)
{
    int k = n;
    for (; k > 0 && list[k - 1].begin > at.begin; k--) list[k] = list[k - 1];
    list[k] = at;
}

static size_t lowest_gap(const gan_plan *p, const gan_buf *order, int placed, const struct buf *b, struct place *taken)
{
    int n = 0;
    for (int i = 0; i < placed; i++) {
        const struct buf *o = &p->buf[order[i]];
        if (o->last < b->first || o->first > b->last) continue;
        insert(taken, n++, (struct place){ o->offset, o->offset + o->bytes });
    }
    size_t at = 0;
    for (int i = 0; i < n; i++) {
        if (at + b->bytes <= taken[i].begin) break;
        size_t past = (taken[i].end + ALIGN - 1) / ALIGN * ALIGN;
        if (past > at) at = past;
    }
    return at;
}

int gan_arena_place(gan_plan *p)
{
    int n = 0, result = -1;
    gan_buf *order = gan_mem_alloc((size_t)p->bufs, sizeof *order);
    struct place *taken = gan_mem_alloc((size_t)p->bufs, sizeof *taken);
    if (!order || !taken) goto done;
    for (gan_buf b = 0; b < p->bufs; b++)
        if (root_in_arena(&p->buf[b])) order[n++] = b;
    sort_by_size(p, order, n);
    p->bytes = ALIGN;
    for (int i = 0; i < n; i++) {
        struct buf *b = &p->buf[order[i]];
        b->offset = lowest_gap(p, order, i, b, taken);
        if (b->offset + b->bytes > p->bytes) p->bytes = b->offset + b->bytes;
    }
    result = 0;
done:
    gan_mem_free(order);
    gan_mem_free(taken);
    return result;
}

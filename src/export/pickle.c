/* The opcodes are those of Python's pickletools, protocols 0 to 4, as far as state dicts use them. */
#include "export/pickle.h"

#include <inttypes.h>
#include <string.h>

#include "export/bytes.h"
#include "gan/error.h"
#include "gan/mem.h"

enum {
    MAX_PICKLE = 1 << 21, /* bytes; a state dict of a thousand tensors has a tenth of that */
    FIRST_ROOM = 2
};

struct block { /* of one container, in the list of all that will be freed */
    gan_items items;
    size_t room;
    struct block *next;
};

struct gan_pickle {
    const gan_pickle_global *allowed;
    const unsigned char *begin, *at, *end;
    gan_value *stack, *memo;
    size_t depth, stack_room, memo_count;
    struct block *blocks;
    int stopped;
};

/* Makes room for one more of `count` values; room doubles. */
static int reserve(gan_value **array, size_t count, size_t *room)
{
    if (count < *room) return 0;
    size_t larger = *room ? 2 * *room : FIRST_ROOM;
    gan_value *grown = gan_mem_resize(*array, larger, sizeof **array);
    if (!grown) return -1;
    *array = grown;
    *room = larger;
    return 0;
}

static int push(gan_pickle *p, gan_value v)
{
    if (reserve(&p->stack, p->depth, &p->stack_room)) return -1;
    p->stack[p->depth++] = v;
    return 0;
}

static int pop(gan_pickle *p, gan_value *v)
{
    *v = (gan_value){ 0 };
    if (!p->depth || p->stack[p->depth - 1].kind == GAN_VALUE_MARK) return gan_error("its stack is empty");
    *v = p->stack[--p->depth];
    return 0;
}

/* The next n bytes; NULL and a message if there are not so many. */
static const unsigned char *take(gan_pickle *p, size_t n)
{
    const unsigned char *bytes = p->at;
    if (n > (size_t)(p->end - p->at)) return gan_error("it ends early"), NULL;
    p->at += n;
    return bytes;
}

static int take_number(gan_pickle *p, size_t n, uint64_t *number)
{
    const unsigned char *bytes = take(p, n);
    *number = bytes ? gan_get_le(bytes, n) : 0;
    return bytes ? 0 : -1;
}

/* Containers */

static gan_items *new_items(gan_pickle *p)
{
    struct block *b = gan_mem_alloc(1, sizeof *b);
    if (!b) return NULL;
    b->next = p->blocks;
    p->blocks = b;
    return &b->items;
}

static int append(gan_items *items, gan_value v)
{
    struct block *b = (struct block *)items; /* its first member */
    if (reserve(&items->item, items->count, &b->room)) return -1;
    items->item[items->count++] = v;
    return 0;
}

/* Where the values above the topmost mark begin. */
static int find_mark(const gan_pickle *p, size_t *begin)
{
    *begin = 0;
    for (size_t at = p->depth; at > 0; at--)
        if (p->stack[at - 1].kind == GAN_VALUE_MARK) {
            *begin = at;
            return 0;
        }
    return gan_error("it has no mark where one is needed");
}

static int push_container(gan_pickle *p, enum gan_value_kind kind)
{
    gan_items *items = new_items(p);
    return items ? push(p, (gan_value){ .kind = kind, .items = items }) : -1;
}

/* A tuple of the stack from `begin` on takes the place of what lies from `keep` on. */
static int make_tuple(gan_pickle *p, size_t begin, size_t keep)
{
    gan_items *items = new_items(p);
    if (!items) return -1;
    for (size_t i = begin; i < p->depth; i++)
        if (append(items, p->stack[i])) return -1;
    p->depth = keep;
    return push(p, (gan_value){ .kind = GAN_VALUE_TUPLE, .items = items });
}

/* Moves the stack from `begin` on into the container that lies below `keep`. */
static int extend(gan_pickle *p, enum gan_value_kind kind, size_t begin, size_t keep)
{
    if (!keep || p->stack[keep - 1].kind != kind) return gan_error("it adds to what is no container");
    if (kind == GAN_VALUE_DICT && (p->depth - begin) % 2) return gan_error("it adds a key without a value");
    for (size_t i = begin; i < p->depth; i++)
        if (append(p->stack[keep - 1].items, p->stack[i])) return -1;
    p->depth = keep;
    return 0;
}

/* The `n` topmost values, none of which is a mark. */
static int topmost(const gan_pickle *p, size_t n, size_t *begin)
{
    *begin = p->depth < n ? 0 : p->depth - n;
    if (p->depth < n) return gan_error("its stack is empty");
    for (size_t i = *begin; i < p->depth; i++)
        if (p->stack[i].kind == GAN_VALUE_MARK) return gan_error("its stack is empty");
    return 0;
}

static int extend_by(gan_pickle *p, enum gan_value_kind kind, size_t n)
{
    size_t begin;
    return topmost(p, n, &begin) || extend(p, kind, begin, begin) ? -1 : 0;
}

static int extend_to_mark(gan_pickle *p, enum gan_value_kind kind)
{
    size_t begin;
    return find_mark(p, &begin) || extend(p, kind, begin, begin - 1) ? -1 : 0;
}

static int tuple_of(gan_pickle *p, size_t n)
{
    size_t begin;
    return topmost(p, n, &begin) || make_tuple(p, begin, begin) ? -1 : 0;
}

/* Memo */

/* Numbers are given in order by every pickler; one far beyond would only cost memory. */
static int put_memo(gan_pickle *p, uint64_t index)
{
    gan_value v;
    if (index > p->memo_count) return gan_error("it keeps value %" PRIu64 " after %zu", index, p->memo_count);
    if (pop(p, &v)) return -1;
    if (index == p->memo_count) {
        size_t room = p->memo_count;
        if (!(room & (room - 1))) {
            gan_value *grown = gan_mem_resize(p->memo, room ? 2 * room : 1, sizeof *grown);
            if (!grown) return -1;
            p->memo = grown;
        }
        p->memo_count++;
    }
    p->memo[index] = v;
    return push(p, v);
}

static int get_memo(gan_pickle *p, uint64_t index)
{
    if (index >= p->memo_count) return gan_error("it recalls value %" PRIu64 " of %zu", index, p->memo_count);
    return push(p, p->memo[index]);
}

/* Opcodes: data */

static int push_number(gan_pickle *p, int64_t number)
{
    return push(p, (gan_value){ .kind = GAN_VALUE_NUMBER, .number = number });
}

static int push_bool(gan_pickle *p, int value)
{
    return push(p, (gan_value){ .kind = GAN_VALUE_BOOL, .number = value });
}

static int push_text(gan_pickle *p, size_t length_bytes)
{
    uint64_t length;
    if (take_number(p, length_bytes, &length)) return -1;
    const unsigned char *text = take(p, (size_t)length);
    if (!text) return -1;
    return push(p, (gan_value){ .kind = GAN_VALUE_TEXT, .length = (size_t)length, .text = (const char *)text });
}

static int push_other(gan_pickle *p, size_t bytes)
{
    return take(p, bytes) ? push(p, (gan_value){ .kind = GAN_VALUE_OTHER }) : -1;
}

static int none(gan_pickle *p)
{
    return push(p, (gan_value){ .kind = GAN_VALUE_NONE });
}

static int new_true(gan_pickle *p)
{
    return push_bool(p, 1);
}

static int new_false(gan_pickle *p)
{
    return push_bool(p, 0);
}

static int binint(gan_pickle *p)
{
    uint64_t bits;
    return take_number(p, 4, &bits) ? -1 : push_number(p, (int32_t)bits);
}

static int binint1(gan_pickle *p)
{
    uint64_t bits;
    return take_number(p, 1, &bits) ? -1 : push_number(p, (int64_t)bits);
}

static int binint2(gan_pickle *p)
{
    uint64_t bits;
    return take_number(p, 2, &bits) ? -1 : push_number(p, (int64_t)bits);
}

/* Two's complement of as many bytes as the first one says. */
static int long1(gan_pickle *p)
{
    uint64_t n, bits;
    if (take_number(p, 1, &n)) return -1;
    if (n == 0) return push_number(p, 0);
    if (n > 8) return push_other(p, (size_t)n);
    if (take_number(p, (size_t)n, &bits)) return -1;
    uint64_t sign = (uint64_t)1 << (8 * n - 1);
    return push_number(p, (int64_t)((bits ^ sign) - sign));
}

static int binfloat(gan_pickle *p)
{
    return push_other(p, 8);
}

static int text1(gan_pickle *p)
{
    return push_text(p, 1);
}

static int text4(gan_pickle *p)
{
    return push_text(p, 4);
}

/* Opcodes: containers */

static int mark(gan_pickle *p)
{
    return push(p, (gan_value){ .kind = GAN_VALUE_MARK });
}

static int empty_tuple(gan_pickle *p)
{
    return push_container(p, GAN_VALUE_TUPLE);
}

static int empty_list(gan_pickle *p)
{
    return push_container(p, GAN_VALUE_LIST);
}

static int empty_dict(gan_pickle *p)
{
    return push_container(p, GAN_VALUE_DICT);
}

static int tuple(gan_pickle *p)
{
    size_t begin;
    return find_mark(p, &begin) || make_tuple(p, begin, begin - 1) ? -1 : 0;
}

static int tuple1(gan_pickle *p)
{
    return tuple_of(p, 1);
}

static int tuple2(gan_pickle *p)
{
    return tuple_of(p, 2);
}

static int tuple3(gan_pickle *p)
{
    return tuple_of(p, 3);
}

static int append1(gan_pickle *p)
{
    return extend_by(p, GAN_VALUE_LIST, 1);
}

static int appends(gan_pickle *p)
{
    return extend_to_mark(p, GAN_VALUE_LIST);
}

static int set_item(gan_pickle *p)
{
    return extend_by(p, GAN_VALUE_DICT, 2);
}

static int set_items(gan_pickle *p)
{
    return extend_to_mark(p, GAN_VALUE_DICT);
}

/* Opcodes: memo */

static int binput(gan_pickle *p)
{
    uint64_t index;
    return take_number(p, 1, &index) || put_memo(p, index) ? -1 : 0;
}

static int long_binput(gan_pickle *p)
{
    uint64_t index;
    return take_number(p, 4, &index) || put_memo(p, index) ? -1 : 0;
}

static int memoize(gan_pickle *p)
{
    return put_memo(p, p->memo_count);
}

static int binget(gan_pickle *p)
{
    uint64_t index;
    return take_number(p, 1, &index) || get_memo(p, index) ? -1 : 0;
}

static int long_binget(gan_pickle *p)
{
    uint64_t index;
    return take_number(p, 4, &index) || get_memo(p, index) ? -1 : 0;
}

/* Opcodes: globals and what is made with them */

static int is_text(const char *text, size_t length, const char *expected)
{
    return strlen(expected) == length && !memcmp(text, expected, length);
}

static int push_global(gan_pickle *p, const char *module, size_t m, const char *name, size_t n)
{
    for (const gan_pickle_global *g = p->allowed; g->module; g++)
        if (is_text(module, m, g->module) && is_text(name, n, g->name))
            return push(p, (gan_value){ .kind = GAN_VALUE_GLOBAL, .global = g });
    return gan_error("it names '%.*s.%.*s', which is no part of tensors in dicts", m < 64 ? (int)m : 64, module,
                     n < 64 ? (int)n : 64, name);
}

static int take_line(gan_pickle *p, const char **line, size_t *length)
{
    const unsigned char *end = memchr(p->at, '\n', (size_t)(p->end - p->at));
    *line = (const char *)p->at;
    *length = end ? (size_t)(end - p->at) : 0;
    if (!end) return gan_error("it ends early");
    p->at = end + 1;
    return 0;
}

static int global(gan_pickle *p)
{
    const char *module, *name;
    size_t m, n;
    return take_line(p, &module, &m) || take_line(p, &name, &n) || push_global(p, module, m, name, n) ? -1 : 0;
}

static int stack_global(gan_pickle *p)
{
    gan_value name, module;
    if (pop(p, &name) || pop(p, &module)) return -1;
    if (name.kind != GAN_VALUE_TEXT || module.kind != GAN_VALUE_TEXT) return gan_error("it names a global by no text");
    return push_global(p, module.text, module.length, name.text, name.length);
}

static int reduce(gan_pickle *p)
{
    gan_value args, f;
    if (pop(p, &args) || pop(p, &f)) return -1;
    if (args.kind != GAN_VALUE_TUPLE || f.kind != GAN_VALUE_GLOBAL) return gan_error("it calls what is no function");
    switch (f.global->call) {
    case GAN_CALL_NEVER: break;
    case GAN_CALL_DICT:
        if (!args.items->count) return empty_dict(p);
        break;
    case GAN_CALL_KEEP: return push(p, (gan_value){ .kind = GAN_VALUE_CALLED, .items = args.items });
    case GAN_CALL_FIRST:
        if (args.items->count) return push(p, args.items->item[0]);
    }
    return gan_error("it calls '%s.%s' in a way that no tensor does", f.global->module, f.global->name);
}

/* The attributes of an object: a state dict has versions of its modules there. */
static int build(gan_pickle *p)
{
    gan_value state;
    if (pop(p, &state)) return -1;
    if (!p->depth || p->stack[p->depth - 1].kind != GAN_VALUE_DICT)
        return gan_error("it sets attributes of what is no dict");
    return 0;
}

static int persistent(gan_pickle *p)
{
    gan_value id;
    if (pop(p, &id)) return -1;
    if (id.kind != GAN_VALUE_TUPLE) return gan_error("a persistent id is no tuple");
    return push(p, (gan_value){ .kind = GAN_VALUE_PERSISTENT, .items = id.items });
}

static int protocol(gan_pickle *p)
{
    uint64_t version;
    if (take_number(p, 1, &version)) return -1;
    return version <= 5 ? 0 : gan_error("its protocol %" PRIu64 " is unknown", version);
}

static int frame(gan_pickle *p)
{
    return take(p, 8) ? 0 : -1;
}

static int stop(gan_pickle *p)
{
    p->stopped = 1;
    return 0;
}

static int (*const opcodes[256])(gan_pickle *p) = {
    [0x80] = protocol,  [0x95] = frame,      ['.'] = stop,       ['('] = mark,          [')'] = empty_tuple,
    [']'] = empty_list, ['}'] = empty_dict,  ['t'] = tuple,      [0x85] = tuple1,       [0x86] = tuple2,
    [0x87] = tuple3,    ['a'] = append1,     ['e'] = appends,    ['s'] = set_item,      ['u'] = set_items,
    ['N'] = none,       [0x88] = new_true,   [0x89] = new_false, ['J'] = binint,        ['K'] = binint1,
    ['M'] = binint2,    [0x8a] = long1,      ['G'] = binfloat,   ['U'] = text1,         ['T'] = text4,
    ['X'] = text4,      [0x8c] = text1,      ['q'] = binput,     ['r'] = long_binput,   [0x94] = memoize,
    ['h'] = binget,     ['j'] = long_binget, ['c'] = global,     [0x93] = stack_global, ['R'] = reduce,
    ['b'] = build,      ['Q'] = persistent,
};

gan_pickle *gan_pickle_new(const gan_pickle_global *allowed)
{
    gan_pickle *p = gan_mem_alloc(1, sizeof *p);
    if (p) p->allowed = allowed;
    return p;
}

void gan_pickle_free(gan_pickle *p)
{
    if (!p) return;
    for (struct block *b = p->blocks, *next; b; b = next) {
        next = b->next;
        gan_mem_free(b->items.item);
        gan_mem_free(b);
    }
    gan_mem_free(p->stack);
    gan_mem_free(p->memo);
    gan_mem_free(p);
}

static int step(gan_pickle *p)
{
    if (p->at == p->end) return gan_error("it ends early");
    unsigned char opcode = *p->at++;
    if (!opcodes[opcode]) return gan_error("opcode 0x%02x is not one of tensors in dicts", opcode);
    return opcodes[opcode](p);
}

int gan_pickle_load(gan_pickle *p, const unsigned char *bytes, size_t n, size_t *used, gan_value *value)
{
    p->begin = p->at = bytes;
    p->end = bytes + (n < MAX_PICKLE ? n : MAX_PICKLE);
    p->depth = p->memo_count = 0;
    p->stopped = 0;
    while (!p->stopped)
        if (step(p)) break;
    *used = (size_t)(p->at - p->begin);
    return p->stopped && !pop(p, value) ? 0 : gan_error_in("the pickle at byte %zu", *used);
}

const gan_items *gan_pickle_next(const gan_pickle *p, const gan_items *after)
{
    const struct block *next = after ? ((const struct block *)after)->next : p->blocks;
    return next ? &next->items : NULL;
}

int gan_value_is(const gan_value *v, const char *text)
{
    return v->kind == GAN_VALUE_TEXT && is_text(v->text, v->length, text);
}

const gan_value *gan_value_get(const gan_value *dict, const char *key)
{
    if (dict->kind != GAN_VALUE_DICT) return NULL;
    for (size_t i = 0; i + 1 < dict->items->count; i += 2)
        if (gan_value_is(&dict->items->item[i], key)) return &dict->items->item[i + 1];
    return NULL;
}

/* The pickle machine: what it builds, what it refuses, and that nothing costs more than its bytes allow. */
#include "export/pickle.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "export/pth.h"
#include "gan/error.h"
#include "gan/mem.h"

struct loaded {
    gan_pickle *p;
    gan_value value;
    size_t used;
    int failed;
};

static struct loaded load(const void *bytes, size_t n)
{
    struct loaded l = { .p = gan_pickle_new(gan_pth_globals) };
    cr_assert(l.p);
    l.failed = gan_pickle_load(l.p, bytes, n, &l.used, &l.value);
    return l;
}

#define LOAD(literal) load(literal, sizeof(literal) - 1)

static void refuse(const void *bytes, size_t n, const char *why)
{
    struct loaded l = load(bytes, n);
    cr_expect_eq(l.failed, -1, "taken instead of: %s", why);
    cr_expect(strstr(gan_error_message(), why), "'%s' instead of '%s'", gan_error_message(), why);
    cr_expect(strstr(gan_error_message(), "the pickle at byte "), "%s", gan_error_message());
    gan_pickle_free(l.p);
}

#define REFUSE(literal, why) refuse(literal, sizeof(literal) - 1, why)

static void teardown(void)
{
    gan_mem_fail_at(0);
}

TestSuite(pickle, .fini = teardown);

/* What Python 3.11 writes for {'a': (1, -2, 300, 2**40), 'b': [True, False, None, 0.5]} */
static const char plain2[] =
    "\x80\x02}q\x00(X\x01\x00\x00\x00"
    "aq\x01(K\x01J\xfe\xff\xff\xffM,\x01\x8a\x06\x00\x00\x00\x00\x00\x01tq\x02X\x01\x00\x00\x00"
    "bq\x03]q\x04(\x88\x89NG?\xe0\x00\x00\x00\x00\x00\x00"
    "eu.";
static const char plain4[] = "\x80\x04\x95\x39\x00\x00\x00\x00\x00\x00\x00}\x94(\x8c\x01"
                             "a\x94(K\x01J\xfe\xff\xff\xffM,\x01\x8a\x06\x00\x00\x00\x00\x00\x01t\x94\x8c\x01"
                             "b\x94]\x94(\x88\x89NG?\xe0\x00\x00\x00\x00\x00\x00"
                             "eu.";

static void check_plain(const struct loaded *l, size_t n)
{
    static const int64_t numbers[] = { 1, -2, 300, (int64_t)1 << 40 };
    static const enum gan_value_kind kinds[] = { GAN_VALUE_BOOL, GAN_VALUE_BOOL, GAN_VALUE_NONE, GAN_VALUE_OTHER };
    cr_assert_eq(l->failed, 0, "%s", gan_error_message());
    cr_assert_eq(l->used, n);
    const gan_value *a = gan_value_get(&l->value, "a"), *b = gan_value_get(&l->value, "b");
    cr_assert(a && a->kind == GAN_VALUE_TUPLE && a->items->count == 4);
    cr_assert(b && b->kind == GAN_VALUE_LIST && b->items->count == 4);
    for (int i = 0; i < 4; i++) cr_expect_eq(a->items->item[i].number, numbers[i]);
    for (int i = 0; i < 4; i++) cr_expect_eq(b->items->item[i].kind, kinds[i]);
    cr_expect(b->items->item[0].number && !b->items->item[1].number);
    cr_expect_null(gan_value_get(&l->value, "c"));
    cr_expect_null(gan_value_get(a, "a"));
}

Test(pickle, values_of_both_protocols)
{
    struct loaded l = LOAD(plain2);
    check_plain(&l, sizeof plain2 - 1);
    gan_pickle_free(l.p);
    l = LOAD(plain4);
    check_plain(&l, sizeof plain4 - 1);
    gan_pickle_free(l.p);
}

Test(pickle, whole_numbers_of_every_length)
{
    static const struct {
        const char bytes[12];
        size_t n;
        int64_t value;
    } rows[] = { { "\x8a\x00.", 3, 0 },
                 { "\x8a\x01\x80.", 4, -128 },
                 { "\x8a\x02\xff\x7f.", 5, 32767 },
                 { "\x8a\x08\x00\x00\x00\x00\x00\x00\x00\x80.", 11, INT64_MIN },
                 { "\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f.", 11, INT64_MAX },
                 { "\x8a\x08\xff\xff\xff\xff\xff\xff\xff\xff.", 11, -1 } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct loaded l = load(rows[i].bytes, rows[i].n);
        cr_expect(!l.failed && l.value.kind == GAN_VALUE_NUMBER && l.value.number == rows[i].value, "row %zu", i);
        gan_pickle_free(l.p);
    }
    struct loaded l = LOAD("\x8a\x09"
                           "123456789.");
    cr_expect(!l.failed && l.value.kind == GAN_VALUE_OTHER);
    gan_pickle_free(l.p);
}

/* Python would leave a file behind with each of them. */
#define TOUCH "(X\x18\x00\x00\x00touch /tmp/gan-was-here-1tR."
Test(pickle, what_would_execute_is_refused)
{
    REFUSE("cos\nsystem\n" TOUCH, "it names 'os.system', which is no part of tensors in dicts");
    REFUSE("cposix\nsystem\n" TOUCH, "it names 'posix.system'");
    REFUSE("cbuiltins\neval\n" TOUCH, "it names 'builtins.eval'");
    REFUSE("c__builtin__\nexec\n" TOUCH, "it names '__builtin__.exec'");
    REFUSE("csubprocess\nPopen\n" TOUCH, "it names 'subprocess.Popen'");
    REFUSE("ctorch\nload\n" TOUCH, "it names 'torch.load'");
    REFUSE("\x80\x04\x8c\x02os\x8c\x06system\x93" TOUCH, "it names 'os.system'");
    REFUSE("ctorch.FloatStorage\n\n)R.", "it names 'torch.FloatStorage.'");
    REFUSE("(S'touch /tmp/gan-was-here-1'\nios\nsystem\n.", "opcode 0x53 is not one of");
    REFUSE("(ios\nsystem\n.", "opcode 0x69 is not one of");
    REFUSE("\x82\x01.", "opcode 0x82 is not one of"); /* EXT1: a registry of globals */
    REFUSE(")\x81.", "opcode 0x81 is not one of");    /* NEWOBJ */
    cr_expect_neq(access("/tmp/gan-was-here-1", F_OK), 0);
}

Test(pickle, allowed_globals_do_only_what_they_may)
{
    struct loaded l = LOAD("ccollections\nOrderedDict\n)R(X\x01\x00\x00\x00kK\x07u.");
    const gan_value *k = gan_value_get(&l.value, "k");
    cr_expect(!l.failed && k && k->number == 7);
    gan_pickle_free(l.p);
    l = LOAD("ctorch._utils\n_rebuild_tensor_v2\n(K\x01K\x02tR.");
    cr_expect(!l.failed && l.value.kind == GAN_VALUE_CALLED && l.value.items->count == 2);
    gan_pickle_free(l.p);
    l = LOAD("ctorch._utils\n_rebuild_parameter\n(K\x09\x88tR.");
    cr_expect(!l.failed && l.value.kind == GAN_VALUE_NUMBER && l.value.number == 9);
    gan_pickle_free(l.p);
    REFUSE("ccollections\nOrderedDict\n(K\x01tR.", "in a way that no tensor does");
    REFUSE("ctorch._utils\n_rebuild_parameter\n)R.", "in a way that no tensor does");
    REFUSE("ctorch\nFloatStorage\n)R.", "it calls 'torch.FloatStorage' in a way");
    REFUSE("K\x01)R.", "it calls what is no function");
    REFUSE("ctorch\nFloatStorage\nK\x01R.", "it calls what is no function");
    REFUSE("K\x01}b.", "it sets attributes of what is no dict");
}

Test(pickle, damaged_ones_are_refused)
{
    REFUSE("", "it ends early");
    REFUSE("K\x01", "it ends early");
    REFUSE(".", "its stack is empty");
    REFUSE("(.", "its stack is empty");
    REFUSE("\x80\x06.", "its protocol 6 is unknown");
    REFUSE("t.", "it has no mark");
    REFUSE("\x85.", "its stack is empty");
    REFUSE("K\x01(\x86.", "its stack is empty");
    REFUSE("K\x01K\x02"
           "a.",
           "it adds to what is no container");
    REFUSE("}K\x01"
           "a.",
           "it adds to what is no container");
    REFUSE("}(K\x01u.", "it adds a key without a value");
    REFUSE("(K\x01K\x02u.", "it adds to what is no container");
    REFUSE("K\x01Q.", "a persistent id is no tuple");
    REFUSE("h\x00.", "it recalls value 0 of 0");
    REFUSE("j\xff\xff\xff\xff.", "it recalls value 4294967295 of 0");
    REFUSE("K\x01q\x01.", "it keeps value 1 after 0");
    REFUSE("K\x01r\xff\xff\xff\xff.", "it keeps value 4294967295 after 0");
    REFUSE("X\xff\xff\xff\xff"
           "abc",
           "it ends early");
    REFUSE("\x8a\xff"
           "12345678.",
           "it ends early");
    REFUSE("ccollections", "it ends early");
    REFUSE("K\x01K\x02\x93.", "it names a global by no text");
}

Test(pickle, every_shorter_one_is_refused)
{
    for (size_t n = 0; n < sizeof plain2 - 1; n++) {
        unsigned char *exact = malloc(n + 1); /* a block of its own: sanitizers see a read behind it */
        memcpy(exact, plain2, n);
        struct loaded l = load(exact, n);
        cr_expect_eq(l.failed, -1, "%zu bytes", n);
        gan_pickle_free(l.p);
        free(exact);
    }
}

/* Containers that hold themselves: nothing is followed, nothing freed twice. */
Test(pickle, containers_may_hold_themselves)
{
    struct loaded l = LOAD("]q\x00h\x00"
                           "a}q\x01(h\x01h\x01h\x00h\x00u0.");
    cr_expect_eq(l.failed, -1); /* POP is not among the opcodes */
    gan_pickle_free(l.p);
    l = LOAD("}q\x00(X\x01\x00\x00\x00sh\x00u.");
    cr_assert_eq(l.failed, 0, "%s", gan_error_message());
    cr_expect_eq(gan_value_get(&l.value, "s")->items, l.value.items);
    gan_pickle_free(l.p);
}

/* Bombs: bytes that repeat up to the most a pickle may have */

enum { BOMB = 1 << 21 };

static long most_kib(void)
{
    struct rusage use;
    getrusage(RUSAGE_SELF, &use);
    return use.ru_maxrss;
}

/* Refused or not: in bounded memory, and without recursion. */
static void explode(const char *begin, size_t n, const char *repeated, size_t each)
{
    unsigned char *bytes = malloc(BOMB);
    size_t at = n;
    long before = most_kib();
    memcpy(bytes, begin, n);
    for (; at + each < BOMB; at += each) memcpy(bytes + at, repeated, each);
    bytes[at++] = '.';
    struct loaded l = load(bytes, at);
    gan_pickle_free(l.p);
    free(bytes);
    long most = getenv("GAN_SANITIZE") ? 2 << 20 : 300 << 10;
    cr_expect_leq(most_kib() - before, most, "%ld KiB for '%s'", most_kib() - before, repeated);
}

#define EXPLODE(begin, repeated) explode(begin, sizeof(begin) - 1, repeated, sizeof(repeated) - 1)

Test(pickle, marks_on_marks)
{
    EXPLODE("", "(");
}

Test(pickle, empty_containers)
{
    EXPLODE("", "]");
}

Test(pickle, tuples_within_tuples)
{
    EXPLODE(")", "\x85");
}

Test(pickle, every_tuple_holds_the_last_one_twice)
{
    EXPLODE(")q\x00", "h\x00h\x00\x86q\x00");
}

Test(pickle, one_list_in_itself)
{
    EXPLODE("]q\x00(", "h\x00");
}

Test(pickle, values_kept_and_recalled)
{
    EXPLODE("K\x01", "\x94");
}

Test(pickle, longer_ones_end_early)
{
    unsigned char *bytes = malloc(BOMB + 16);
    memset(bytes, 'N', BOMB + 16);
    bytes[BOMB + 15] = '.';
    refuse(bytes, BOMB + 16, "it ends early");
    free(bytes);
}

Test(pickle, every_allocation_may_fail)
{
    for (uint64_t nth = 1;; nth++) {
        gan_pickle *p = gan_pickle_new(gan_pth_globals);
        gan_value v;
        size_t used;
        gan_mem_fail_at(nth);
        int failed = gan_pickle_load(p, (const unsigned char *)plain2, sizeof plain2 - 1, &used, &v);
        gan_mem_fail_at(0);
        gan_pickle_free(p);
        if (!failed) {
            cr_expect_gt(nth, 5);
            break;
        }
        cr_assert_lt(nth, 1000);
    }
}

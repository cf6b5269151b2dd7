/* Quotas of control groups, read from trees like those that Linux shows. */
#define _XOPEN_SOURCE 700
#include <criterion/criterion.h>

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cgroup.h"

static char root[64];

static void make_root(void)
{
    snprintf(root, sizeof root, "/tmp/gan-cgroup-XXXXXX");
    cr_assert(mkdtemp(root));
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st, (void)kind, (void)at;
    return remove(path);
}

static void remove_root(void)
{
    nftw(root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

TestSuite(cgroup, .init = make_root, .fini = remove_root);

/* root/name holds text; folders are made on the way. */
static void put(const char *name, const char *text)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", root, name);
    for (char *at = path + strlen(root) + 1; (at = strchr(at, '/')); *at++ = '/') {
        *at = '\0';
        mkdir(path, 0700);
    }
    FILE *f = fopen(path, "w");
    cr_assert(f && fputs(text, f) >= 0 && !fclose(f), "%s", path);
}

#define GROUPS "proc/self/cgroup"
#define MOUNT "sys/fs/cgroup/"

static void expect(int cpus)
{
    int got = gan_cgroup_cpus(root);
    cr_expect_eq(got, cpus, "%d CPUs, not %d", got, cpus);
}

Test(cgroup, without_groups_or_quotas_nothing_is_limited)
{
    expect(GAN_CGROUP_FREE);
    put(GROUPS, "0::/\n");
    expect(GAN_CGROUP_FREE);
    put(MOUNT "cpu.max", "max 100000\n");
    expect(GAN_CGROUP_FREE);
    put(GROUPS, "3:cpu,cpuacct:/\n0::/\n");
    put(MOUNT "cpu/cpu.cfs_quota_us", "-1\n");
    put(MOUNT "cpu/cpu.cfs_period_us", "100000\n");
    expect(GAN_CGROUP_FREE);
}

Test(cgroup, quotas_of_version_2_are_rounded_up)
{
    static const struct {
        const char *text;
        int cpus;
    } rows[] = { { "200000 100000\n", 2 },
                 { "150000 100000\n", 2 },
                 { "200001 100000", 3 },
                 { "1000 100000\n", 1 },
                 { "50000 10000\n", 5 } };
    put(GROUPS, "0::/\n");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        put(MOUNT "cpu.max", rows[i].text);
        expect(rows[i].cpus);
    }
}

Test(cgroup, quotas_of_version_1_are_rounded_up)
{
    put(GROUPS, "9:memory:/m\n4:cpuset,cpu:/job\n2:cpuacct:/\n");
    put(MOUNT "cpu/job/cpu.cfs_period_us", "100000\n");
    put(MOUNT "cpu/job/cpu.cfs_quota_us", "100000\n");
    expect(1);
    put(MOUNT "cpu/job/cpu.cfs_quota_us", "250000\n");
    expect(3);
}

/* Any group around the process's own may be the narrowest. */
Test(cgroup, the_least_quota_on_the_way_up_counts)
{
    put(GROUPS, "0::/user/job\n");
    put(MOUNT "user/job/cpu.max", "400000 100000\n");
    expect(4);
    put(MOUNT "user/cpu.max", "300000 100000\n");
    expect(3);
    put(MOUNT "cpu.max", "600000 100000\n");
    expect(3);
    put(MOUNT "cpu.max", "100000 100000\n");
    expect(1);
    put(MOUNT "another/cpu.max", "1000 100000\n");
    put(MOUNT "user/cpu.max", "max 100000\n");
    put(MOUNT "cpu.max", "max 100000\n");
    expect(4);
}

/* In a container the name may be the host's, or point out of what is mounted. */
Test(cgroup, groups_from_outside_have_the_quota_of_the_mount)
{
    put(MOUNT "cpu.max", "200000 100000\n");
    put(GROUPS, "0::/docker/0123456789abcdef\n");
    expect(2);
    put("sys/fs/other/cpu.max", "100000 100000\n");
    put(GROUPS, "0::/../other\n");
    expect(2);
}

Test(cgroup, nonsense_limits_nothing)
{
    static const char *const quotas[] = { "",          "\n",         "0 100000\n", "-5 100000\n",
                                          "200000\n",  "200000 0\n", "200000x 1",  "max\n",
                                          "200000 -1", "1e9 7",      " ",          "99999999999999999999 1" };
    put(GROUPS, "0::/\n");
    for (size_t i = 0; i < sizeof quotas / sizeof *quotas; i++) {
        put(MOUNT "cpu.max", quotas[i]);
        expect(GAN_CGROUP_FREE);
    }
    put(MOUNT "cpu.max", "9223372036854775807 1\n");
    expect(GAN_CGROUP_FREE);
    put(MOUNT "cpu.max", "100000 100000\n");
    static const char *const groups[] = { "", "\n", "0\n", "0:\n", ":", "4:cpuacct:/\n", "1:name=cpu:/\n" };
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
        put(GROUPS, groups[i]);
        expect(GAN_CGROUP_FREE);
    }
}

Test(cgroup, long_names_are_no_trouble)
{
    static char line[20000];
    memset(line, 'a', sizeof line - 1);
    memcpy(line, "0::/", 4);
    put(GROUPS, line);
    put(MOUNT "cpu.max", "200000 100000\n");
    expect(2);
}

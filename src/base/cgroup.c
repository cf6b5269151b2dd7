#include "base/cgroup.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_BYTES = 4096 /* PATH_MAX */, PATH_BYTES = 3 * LINE_BYTES };

/* The first line of root/sys/fs/cgroup, group and file one behind the other, without its end; 0 if there is none. */
static int read_line(char *line, const char *root, const char *group, const char *file)
{
    char path[PATH_BYTES];
    int n = snprintf(path, sizeof path, "%s/sys/fs/cgroup%s%s", root, group, file);
    FILE *f = n > 0 && (size_t)n < sizeof path ? fopen(path, "r") : NULL;
    int got = f && fgets(line, LINE_BYTES, f);
    if (f) fclose(f);
    return got;
}

/* A positive number at *text, which moves behind it; 0: there is none. */
static long long positive(const char **text)
{
    char *end;
    errno = 0;
    long long value = strtoll(*text, &end, 10);
    int bad = end == *text || errno || value <= 0 || !strchr(" \n", *end);
    *text = end;
    return bad ? 0 : value;
}

static int cpus(long long quota, long long period)
{
    if (!quota || !period) return GAN_CGROUP_FREE;
    long long n = quota / period + (quota % period != 0);
    return n < GAN_CGROUP_FREE ? (int)n : GAN_CGROUP_FREE;
}

typedef int quota_of_group(const char *root, const char *group);

/* Version 1 has a file each, in microseconds; -1 is no quota. */
static int quota_1(const char *root, const char *group)
{
    char quota[LINE_BYTES], period[LINE_BYTES], folder[LINE_BYTES + 8];
    const char *q = quota, *p = period;
    snprintf(folder, sizeof folder, "/cpu%s", group);
    if (!read_line(quota, root, folder, "/cpu.cfs_quota_us")) return GAN_CGROUP_FREE;
    if (!read_line(period, root, folder, "/cpu.cfs_period_us")) return GAN_CGROUP_FREE;
    return cpus(positive(&q), positive(&p));
}

/* Version 2: "QUOTA PERIOD", or "max PERIOD". */
static int quota_2(const char *root, const char *group)
{
    char line[LINE_BYTES];
    const char *at = line;
    if (!read_line(line, root, group, "/cpu.max")) return GAN_CGROUP_FREE;
    long long quota = positive(&at);
    return cpus(quota, quota ? positive(&at) : 0);
}

/* The least of the group ("/a/b") and those around it, up to what is mounted here: a group from outside of that has a name
 * which begins with "/.." or does not exist, and its limit at the mount's own root. */
static int least_upwards(const char *root, char *group, quota_of_group *quota)
{
    int least = GAN_CGROUP_FREE;
    char *end = strstr(group, "/..") ? group : group + strlen(group);
    for (; end; end = strrchr(group, '/')) {
        *end = '\0';
        int n = quota(root, group);
        if (n < least) least = n;
    }
    return least;
}

static int has_cpu(const char *controllers)
{
    size_t n;
    for (const char *at = controllers; *at; at += n + (at[n] == ',')) {
        n = strcspn(at, ",");
        if (n == 3 && !memcmp(at, "cpu", n)) return 1;
    }
    return 0;
}

/* A line of /proc/self/cgroup: "0::/group" of version 2, "4:cpu,cpuacct:/group" of version 1. */
static int quota_of_line(const char *root, char *line)
{
    line[strcspn(line, "\n")] = '\0';
    char *controllers = strchr(line, ':'), *group = controllers ? strchr(controllers + 1, ':') : NULL;
    if (!group) return GAN_CGROUP_FREE;
    *controllers++ = '\0';
    *group++ = '\0';
    if (!*controllers) return least_upwards(root, group, quota_2);
    return has_cpu(controllers) ? least_upwards(root, group, quota_1) : GAN_CGROUP_FREE;
}

int gan_cgroup_cpus(const char *root)
{
    char line[LINE_BYTES], path[LINE_BYTES];
    int least = GAN_CGROUP_FREE, n = snprintf(path, sizeof path, "%s/proc/self/cgroup", root);
    FILE *f = n > 0 && (size_t)n < sizeof path ? fopen(path, "r") : NULL;
    while (f && fgets(line, sizeof line, f)) {
        int allowed = quota_of_line(root, line);
        if (allowed < least) least = allowed;
    }
    if (f) fclose(f);
    return least;
}

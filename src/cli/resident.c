#define _DEFAULT_SOURCE
#include "cli/resident.h"

#include <stdio.h>
#include <sys/resource.h>

/* Linux keeps both figures here, in KiB, for this program alone: getrusage's peak may be that of the program that started
 * this one. */
static int read_status(struct resident *r)
{
    char line[256];
    FILE *f = fopen("/proc/self/status", "r");
    double kib;
    int found = 0;
    while (f && fgets(line, sizeof line, f)) {
        if (sscanf(line, "VmHWM: %lf kB", &kib) == 1) r->peak_mib = kib / 1024, found++;
        if (sscanf(line, "VmRSS: %lf kB", &kib) == 1) r->now_mib = kib / 1024, found++;
    }
    if (f) fclose(f);
    return found == 2 ? 0 : -1;
}

struct resident gan_resident(void)
{
    struct resident r;
    struct rusage u;
    if (!read_status(&r)) return r;
    getrusage(RUSAGE_SELF, &u);
    r.peak_mib = r.now_mib = (double)u.ru_maxrss / 1024;
    return r;
}

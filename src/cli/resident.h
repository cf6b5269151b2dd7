/* How much memory this process has resident. */
#ifndef GAN_CLI_RESIDENT_H
#define GAN_CLI_RESIDENT_H

struct resident {
    double now_mib, peak_mib; /* where the system tells the peak alone, both are that */
};

struct resident gan_resident(void);

#endif

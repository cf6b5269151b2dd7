/* The processor time that Linux' control groups leave to this process. */
#ifndef GAN_BASE_CGROUP_H
#define GAN_BASE_CGROUP_H

enum { GAN_CGROUP_FREE = 1 << 20 }; /* CPUs, where nothing limits them */

/* CPUs' worth of time that the quotas of the process's group and of all groups around it allow, rounded up; at least 1,
 * GAN_CGROUP_FREE without quota. Versions 1 and 2; what cannot be read limits nothing.
 *   root      what stands before /proc and /sys: "" but in tests */
int gan_cgroup_cpus(const char *root);

#endif

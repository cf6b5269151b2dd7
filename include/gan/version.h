/* Which gan this is, and which oneDNN it runs on. */
#ifndef GAN_VERSION_H
#define GAN_VERSION_H

#ifdef __cplusplus
extern "C" {
#endif

const char *gan_version(void);         /* "0.1.0"; static */
const char *gan_backend_version(void); /* of the oneDNN in use: "2.6.3"; static */
unsigned gan_backend_isa(void);        /* the instructions that oneDNN uses here, in its own coding */

#ifdef __cplusplus
}
#endif
#endif

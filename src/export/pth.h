/* Names within the archive of a .pth file, all below one folder; those of torch.save, and one of ours. */
#ifndef GAN_EXPORT_PTH_H
#define GAN_EXPORT_PTH_H

#define PTH_PICKLE "data.pkl"
#define PTH_DATA "data/" /* and the number of a storage */
#define PTH_VERSION "version"
#define PTH_BYTE_ORDER "byteorder"
#define PTH_CONFIG "gan.ini" /* the configuration; torch.load does not look at it */

enum { PTH_MAX_TEXT = 1 << 16 };

#endif

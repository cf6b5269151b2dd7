/* Messages for people. The library hands them to one sink; only the command line installs one that prints.
 *     gan_log(GAN_LOG_WARN, "skipping '%s': %s", path, gan_error_message());
 */
#ifndef GAN_LOG_H
#define GAN_LOG_H

#include "gan/error.h"

#ifdef __cplusplus
extern "C" {
#endif

enum gan_log_level { GAN_LOG_ERROR, GAN_LOG_WARN, GAN_LOG_INFO, GAN_LOG_DEBUG };

typedef void gan_log_sink(enum gan_log_level level, const char *text); /* one line, without its end; any thread */

void gan_log_to(gan_log_sink *sink); /* NULL: silence, as at the start */
void gan_log(enum gan_log_level level, const char *format, ...) GAN_PRINTF(2, 3);

#ifdef __cplusplus
}
#endif
#endif

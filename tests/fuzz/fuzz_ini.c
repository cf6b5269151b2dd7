/* Configurations: whatever is accepted can be written and reads back to the same bits. */
#include "fuzz/fuzz.h"

#include <string.h>

#include "gan/config.h"
#include "gan/error.h"
#include "gan/mem.h"

enum { MOST = 1 << 16 };

static void check_round_trip(const gan_config *c)
{
    gan_config back;
    char *text = gan_config_text(c);
    GAN_ASSERT(text);
    GAN_ASSERT(gan_config_parse(&back, "back", text, 0, NULL) == 0);
    GAN_ASSERT(gan_config_compare(c, &back, NULL, NULL) == 0);
    gan_mem_free(text);
}

/* The text also stands as the one override behind "--set". */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    gan_config c;
    if (n > MOST) return 0;
    char *text = gan_mem_alloc(n + 1, 1);
    if (!text) return 0;
    memcpy(text, bytes, n);
    if (!gan_config_parse(&c, "fuzz", text, 0, NULL)) check_round_trip(&c);
    if (!gan_config_parse(&c, "fuzz", "", 1, (const char *const *)&text)) check_round_trip(&c);
    gan_mem_free(text);
    return 0;
}

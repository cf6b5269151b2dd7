/* Rules of the method of that name, from an INI file; configs/rules.ini says how it is written. */
#ifndef CLASSIC_RULES_FILE_H
#define CLASSIC_RULES_FILE_H

#include <stddef.h>

enum gan_condition { GAN_RULE_Y, GAN_RULE_X, GAN_RULE_BRIGHTNESS, GAN_RULE_TEXTURE, GAN_RULE_CONDITIONS };

typedef struct gan_range {
    double from, to; /* from <= to; both infinite: any value */
} gan_range;

enum { GAN_RULE_NAME = 64, GAN_MOST_RULES = 256 };
typedef struct gan_rule {
    char name[GAN_RULE_NAME];
    gan_range range[GAN_RULE_CONDITIONS];
    double soft, weight;
    float ab[2]; /* over 110 */
    int has_colour;
} gan_rule;

typedef struct gan_rules {
    size_t count;
    gan_rule *rule; /* owned */
} gan_rules;

/* Whole scale of a condition: 1, 1, 100, 25. */
double gan_rule_scale(enum gan_condition c);

/* path NULL: the rules that are built in. Messages name file and line. */
int gan_rules_load(gan_rules *r, const char *path);
void gan_rules_release(gan_rules *r);

#endif

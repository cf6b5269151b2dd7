/* The table of recipes. */
#ifndef GAN_RECIPES_H
#define GAN_RECIPES_H

#include "gan/recipe.h"

#ifdef __cplusplus
extern "C" {
#endif

const gan_recipe_def *const *gan_recipe_all(void);       /* ended by NULL */
const gan_recipe_def *gan_recipe_find(const char *name); /* NULL and a message that lists the names */

#ifdef __cplusplus
}
#endif
#endif

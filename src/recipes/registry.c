#include <stdio.h>
#include <string.h>

#include "gan/recipes.h"

#define X(name) extern const gan_recipe_def gan_recipe_##name;
#include "recipes/list.h"
#undef X

static const gan_recipe_def *const all[] = {
#define X(name) &gan_recipe_##name,
#include "recipes/list.h"
#undef X
    NULL
};

const gan_recipe_def *const *gan_recipe_all(void)
{
    return all;
}

const gan_recipe_def *gan_recipe_find(const char *name)
{
    char names[128] = "";
    for (int i = 0; all[i]; i++) {
        if (!strcmp(all[i]->name, name)) return all[i];
        size_t used = strlen(names);
        snprintf(names + used, sizeof names - used, "%s%s", used ? ", " : "", all[i]->name);
    }
    gan_error("'%.64s' is no recipe; there are: %s", name, names);
    return NULL;
}

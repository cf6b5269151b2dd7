/* Trees and bushes, with their shadows. */
#ifndef GAN_SCENE_TREE_H
#define GAN_SCENE_TREE_H

#include "scene/stage.h"

/* All stand on the ground at foot; height in metres. Their shapes are drawn from the stage's dice. */
void gan_tree_broadleaf(struct gan_stage *s, struct gan_vec foot, float height);
void gan_tree_conifer(struct gan_stage *s, struct gan_vec foot, float height);
void gan_tree_bush(struct gan_stage *s, struct gan_vec foot, float height);

#endif

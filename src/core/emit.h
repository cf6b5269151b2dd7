/* What a layer may ask while a plan is made. A buffer is a tensor with a layout of the facade's choosing; layers only
 * pass buffers on. */
#ifndef GAN_CORE_EMIT_H
#define GAN_CORE_EMIT_H

#include <stddef.h>

#include "gan/plan.h"

typedef struct gan_emit gan_emit;
typedef int gan_buf; /* index of a buffer of a plan; GAN_NONE: nobody wants it */
enum { GAN_NONE = -1 };

enum gan_act_kind { GAN_LINEAR, GAN_LRELU, GAN_TANH, GAN_SIGMOID, GAN_POWER, GAN_SCALE };
typedef struct gan_act { /* an activation applied by the layer before it */
    enum gan_act_kind kind;
    float slope; /* of GAN_LRELU, left of 0; 0: ReLU. Of GAN_POWER the exponent, of GAN_SCALE the factor */
} gan_act;

gan_shape gan_emit_shape(const gan_emit *e, gan_id id);
const gan_plan_opt *gan_emit_opt(const gan_emit *e);
gan_id gan_emit_self(const gan_emit *e);

/* The activation that this layer has to apply; its result is what gan_emit_dst(self) holds. */
gan_act gan_emit_act(const gan_emit *e);

gan_buf gan_emit_dst(gan_emit *e, gan_id id);

/* 1 if the value of source i already lies where this layer's dst wants it. */
int gan_emit_placed(const gan_emit *e, gan_id src);

/* The diff of a node: write here; a second writer's result is added for it. GAN_NONE: not wanted. */
gan_buf gan_emit_diff(gan_emit *e, gan_id id);

/* The same for a layer that can add by itself: *add is 1 if its result has to be added to what is there. */
gan_buf gan_emit_diff_add(gan_emit *e, gan_id id, int *add);

/* The finished diff of this layer's own dst. */
gan_buf gan_emit_diff_self(gan_emit *e);

/* The diff of a source of a concat that is a view of the concat's diff, made without an operation. */
int gan_emit_diff_place(gan_emit *e, gan_id src);

/* 1 if the parameter's gradient is wanted. */
int gan_emit_wants_grad(const gan_emit *e, const gan_node *nd, int i);

#endif

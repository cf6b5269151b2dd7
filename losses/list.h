/* Every loss: PIXEL compares with a target, ADVERSARIAL judges scores. Add a line here and a file beside it. */
PIXEL(l1)
PIXEL(l2)
ADVERSARIAL(vanilla)
ADVERSARIAL(lsgan)
ADVERSARIAL(hinge)

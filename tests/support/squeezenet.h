/* A file of random weights in the shapes of SqueezeNet v1.0. */
#ifndef TESTS_SQUEEZENET_H
#define TESTS_SQUEEZENET_H

/* 0, or -1 with a message. */
int squeezenet_write(const char *path);

#endif

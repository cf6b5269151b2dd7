#ifndef GAN_BASE_FOLDER_H
#define GAN_BASE_FOLDER_H

/* 1: path is a folder, or a link to one. */
int gan_folder_is(const char *path);

/* Makes a folder and those above it that are not there yet. */
int gan_folder_make(const char *path);

#endif

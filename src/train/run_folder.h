/* The folder of a run: its files by name, made, checked, and kept tidy. */
#ifndef GAN_TRAIN_RUN_FOLDER_H
#define GAN_TRAIN_RUN_FOLDER_H

#include <stdint.h>

#include "gan/config.h"

/* The path of a file in the folder; owned, gan_mem_free. */
char *gan_run_path(const char *folder, const char *file);

int gan_run_file_exists(const char *folder, const char *file);

/* What a run found when it began, so that one that fails before its first step can take back what it made. */
typedef struct gan_run_folder {
    char *samples; /* the path of its samples/; owned. NULL: not open */
    size_t there;  /* bytes of samples that name what was there before; 0: none of it */
    unsigned had;  /* bit i: the i-th file that a beginning writes was there, too */
} gan_run_folder;

/* Makes the folder and its samples/; refuses one that holds a run already unless it is to be resumed. */
int gan_run_folder_open(gan_run_folder *f, const char *folder, int resume);

/* Removes the files and folders that were not there when it was opened; folders with other files in them stay. Keeps
 * the message of the last error. */
void gan_run_folder_undo(gan_run_folder *f);

void gan_run_folder_release(gan_run_folder *f);

/* Writes config.ini, with every key. */
int gan_run_folder_write_config(const char *folder, const gan_config *c);

/* Whether a run may go on with another configuration; -1 with a message naming the first key that may not differ. What
 * concerns ranks may, unless there are as many as before, whose bits are to be the same. */
int gan_run_check_config(const gan_config *saved, const gan_config *now, int same_ranks);

#endif

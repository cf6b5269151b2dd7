/* Export: a trained generator as a file that other programs run. The format follows from the ending of the name.
 *     gan_generator from = { .config = &config, .graph = g, .params = w };
 *     gan_export_report r;
 *     if (gan_export("colour.onnx", &from, &(gan_export_opt){ .io = GAN_IO_RGB }, &r)) return -1;
 */
#ifndef GAN_EXPORT_H
#define GAN_EXPORT_H

#include "gan/config.h"
#include "gan/freeze.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gan_generator { /* as gan_checkpoint_generator gives it; all borrowed */
    const gan_config *config;
    const gan_graph *graph;
    gan_params *params;
} gan_generator;

typedef struct gan_export_opt {
    enum gan_freeze_norm norm;
    const char *recalibrated; /* for the record: the folder that the running statistics are of; NULL: as trained */
    enum gan_io io;
    int h, w; /* 0: any size the network takes */
    int fp16; /* weights as 16-bit floats */
} gan_export_opt;

typedef struct gan_export_report { /* what a writer has to tell */
    int folded, dropped, kept;     /* of gan_frozen */
    size_t parameters;             /* numbers in the file */
} gan_export_report;

enum { /* options that a format knows */
       GAN_EXPORT_NORM = 1 << 0,
       GAN_EXPORT_IO = 1 << 1,
       GAN_EXPORT_SIZE = 1 << 2,
       GAN_EXPORT_FP16 = 1 << 3
};

typedef struct gan_export_format {
    const char *ending, *help; /* ".onnx" */
    unsigned options;
    int (*write)(const char *path, const gan_generator *from, const gan_export_opt *o, gan_export_report *r);
} gan_export_format;

const gan_export_format *gan_export_formats(void); /* ended by a NULL ending; static */

/* The format of a path; NULL and a message that lists the endings. */
const gan_export_format *gan_export_format_of(const char *path);

/* Interfaces by name: "lab", "rgb", "native". */
const char *gan_io_name(enum gan_io io);            /* static */
int gan_io_find(const char *name, enum gan_io *io); /* -1 and a message: there is none */

/* What a network of that configuration has unless something else is wanted: lab, or native if it has another task. */
enum gan_io gan_io_usual(const gan_config *c);

/* Writes path, atomically. Options that the format does not know are refused unless they have their default. */
int gan_export(const char *path, const gan_generator *from, const gan_export_opt *o, gan_export_report *r);

/* What an .onnx file of ours holds. */
typedef struct gan_exported { /* owned, gan_exported_release */
    gan_frozen frozen;        /* graph and values as they are in the file */
    gan_config config;        /* of the training */
    enum gan_io io;
    int multiple; /* sides must be multiples of this */
    int h, w;     /* the only size it takes; 0: any */
    char norm[GAN_TEXT_BYTES], version[64];
    int fp16;
} gan_exported;

/* Files that other programs wrote are refused: nothing tells what their numbers mean. On failure e is empty. */
int gan_exported_open(gan_exported *e, const char *path);
void gan_exported_release(gan_exported *e); /* leaves it empty */

typedef struct gan_proof { /* the picture in the file through the network in the file */
    int h, w;
    double worst, tolerance; /* the largest difference from the output in the file, and what rounding explains */
} gan_proof;

/* Runs the proof. 0 also if the difference is too large: worst tells. */
int gan_exported_prove(const char *path, gan_proof *p);

#ifdef __cplusplus
}
#endif
#endif

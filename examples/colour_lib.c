/* Colours a picture with a trained generator through libgan:
 *     cc colour_lib.c $(pkg-config --cflags --libs gan) -o colour_lib
 *     ./colour_lib colour.onnx old.png coloured.jpg
 * With CMake: find_package(gan) and target_link_libraries(colour_lib gan::gan).
 */
#include <stdio.h>

#include <gan/image.h>
#include <gan/inference.h>

static int colour(gan_inference *f, const char *from, const char *to)
{
    gan_image picture;
    if (gan_image_load(&picture, from, 0)) return -1;
    int failed = gan_inference_rgb(f, picture.w, picture.h, picture.rgb, picture.rgb);
    if (!failed) failed = gan_image_save(&picture, to);
    gan_image_release(&picture);
    return failed;
}

int main(int argc, char **argv)
{
    if (argc != 4) return fprintf(stderr, "usage: %s MODEL OLD NEW (PNG or JPEG)\n", argv[0]), 2;
    gan_inference *f = gan_inference_open(argv[1]);
    int failed = !f || colour(f, argv[2], argv[3]);
    if (failed)
        fprintf(stderr, "%s\n", gan_error_message());
    else
        printf("%s with %zu parameters\n", gan_inference_info(f)->model, gan_inference_info(f)->parameters);
    gan_inference_close(f);
    return failed;
}

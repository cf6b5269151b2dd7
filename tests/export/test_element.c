/* Elements of tensors as floats: known values of every type. */
#include "export/element.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "gan/error.h"

static const struct {
    const gan_element *element;
    const unsigned char bytes[8];
    float value;
} rows[] = {
    { &gan_f16, { 0x00, 0x3c }, 1 },
    { &gan_f16, { 0x00, 0xc0 }, -2 },
    { &gan_f16, { 0xff, 0x7b }, 65504 },
    { &gan_f16, { 0x00, 0x04 }, 0x1p-14F },
    { &gan_f16, { 0xff, 0x03 }, 0x1.ff8p-15F }, /* subnormal */
    { &gan_f16, { 0x01, 0x80 }, -0x1p-24F },
    { &gan_f16, { 0x00, 0xfc }, -INFINITY },
    { &gan_bf16, { 0x80, 0x3f }, 1 },
    { &gan_bf16, { 0x49, 0xc0 }, -3.140625F },
    { &gan_f32, { 0xdb, 0x0f, 0x49, 0x40 }, 3.14159274F },
    { &gan_f64, { 0x18, 0x2d, 0x44, 0x54, 0xfb, 0x21, 0x09, 0x40 }, 3.14159274F },
    { &gan_f64, { 0, 0, 0, 0, 0, 0, 0xf0, 0x47 }, INFINITY }, /* 2^128: too large for a float */
};

Test(element, known_values)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        float got;
        cr_assert_eq(gan_element_floats(rows[i].element, rows[i].bytes, 1, &got), 0, "%s", gan_error_message());
        cr_expect_eq(memcmp(&got, &rows[i].value, sizeof got), 0, "row %zu: %a", i, (double)got);
    }
}

Test(element, not_a_number_stays_none)
{
    static const unsigned char half[] = { 0x01, 0x7c }, brain[] = { 0x81, 0x7f };
    float got;
    cr_expect(!gan_element_floats(&gan_f16, half, 1, &got) && isnan(got));
    cr_expect(!gan_element_floats(&gan_bf16, brain, 1, &got) && isnan(got));
}

Test(element, whole_numbers_are_no_weights)
{
    static const gan_element *const whole[] = { &gan_whole8, &gan_whole16, &gan_whole32, &gan_whole64 };
    static const unsigned char zeros[8];
    float got;
    for (size_t i = 0; i < sizeof whole / sizeof *whole; i++) {
        cr_expect_eq(gan_element_floats(whole[i], zeros, 1, &got), -1);
        cr_expect(strstr(gan_error_message(), whole[i]->name), "%s", gan_error_message());
    }
}

# Writes configs/rules.ini into a C file, so that the method `rules` works without it.
set(rules_ini ${PROJECT_SOURCE_DIR}/configs/rules.ini)
set(rules_source ${PROJECT_BINARY_DIR}/rules_builtin.c)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${rules_ini})
file(READ ${rules_ini} rules_bytes HEX)
string(REGEX REPLACE "(..)" "0x\\1," rules_bytes "${rules_bytes}")
file(CONFIGURE OUTPUT ${rules_source} CONTENT [[
#include "classic/rules_builtin.h"
const char gan_rules_builtin[] = { @rules_bytes@ 0 };
]] @ONLY)

/* configs/rules.ini as it was when the program was built: cmake/rules.cmake writes the text. */
#ifndef CLASSIC_RULES_BUILTIN_H
#define CLASSIC_RULES_BUILTIN_H

extern const char gan_rules_builtin[];

#endif

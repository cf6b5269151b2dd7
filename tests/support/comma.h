/* A locale whose numbers have a comma, as the users of programs around libgan may have it. */
#ifndef TESTS_COMMA_H
#define TESTS_COMMA_H

/* Sets it for all that follows; made for this test where the system has none. 0: there is none. */
int set_comma_locale(void);

#endif

/* prctl(2) as the kernel has it: five arguments, zeros behind those given. */
#ifndef FERROGATE_PRCTL_H
#define FERROGATE_PRCTL_H

#include "test.h"
#include <sys/auxv.h>
#include <sys/prctl.h>

#define raw(...) raw5(__VA_ARGS__, 0, 0, 0, 0)
#define raw5(option, a, b, c, d, ...) syscall(SYS_prctl, option, (long)(a), (long)(b), (long)(c), (long)(d))
#endif

// Which mutant is awake, and which ones would have made a difference so far. In C, because a global of C is read
// without asking whether it has been initialised.

#include <stdbool.h>
#include <stdint.h>

enum { mutants_limit = 65536 };
extern int32_t mutants_awake;
extern uint8_t mutants_met[mutants_limit];

/// Whether the mutant is awake, at a place where it would make a difference.
static inline bool mutants_meet(int32_t number) {
  mutants_met[number] = 1;
  return mutants_awake == number;
}

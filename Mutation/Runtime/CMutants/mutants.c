#include "mutants.h"

#include <stdio.h>
#include <stdlib.h>

int32_t mutants_awake = -1;
uint8_t mutants_met[mutants_limit];

__attribute__((constructor)) static void wake(void) {
  const char *number = getenv("MUTANT");
  if (number) mutants_awake = atoi(number);
}

/// Writes the numbers of the mutants that were met, one a line.
__attribute__((destructor)) static void tell(void) {
  const char *path = getenv("MUTANTS_MET");
  FILE *file = path ? fopen(path, "w") : NULL;
  if (!file) return;
  for (int number = 0; number < mutants_limit; number++)
    if (mutants_met[number]) fprintf(file, "%d\n", number);
  fclose(file);
}

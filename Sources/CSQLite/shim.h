// SQLite as the system ships it, plus the few calls that Swift cannot import: the variadic ones.
#ifndef SPLITBRAIN_CSQLITE_SHIM_H
#define SPLITBRAIN_CSQLITE_SHIM_H

#include <sqlite3.h>

// Memory statistics take a process-wide lock on every allocation: off, 20-40 % faster, and the
// worlds of a sweep no longer wait for each other. Must be called before SQLite is initialised.
static inline int splitbrain_sqlite3_disable_memory_statistics(void) {
  return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

#endif

// Transactions taken apart: each write, and each read that was answered, as an operation of its own. For
// checkers that ask what is there in the end (converged, no-lost-writes), for which it does not matter what
// happened together. Rows tell in `origins` which transaction they come from.

import Histories

extension History {
  /// Whether there is something to take apart.
  var hasTransactions: Bool { !steps.isEmpty }

  /// This history with the steps of its transactions as single operations; appends to lists as inserts,
  /// since their elements are what may be lost.
  var singleSteps: History {
    var parts = History()
    parts.regionNames = regionNames
    parts.ticksPerSecond = ticksPerSecond
    for row in 0..<count {
      var entry = self[row]
      guard shapes[row] == .steps else {
        if shapes[row] == .list || shapes[row] == .map {
          (entry.value, entry.extra) = parts.store(list(of: row))
        }
        parts.append(entry)
        parts.origins.append(Int32(row))
        continue
      }
      for step in steps(of: row) where step.function != .read || completions[row] == .ok {
        entry.function = step.function == .append ? .insert : step.function
        entry.key = step.key
        entry.shape = step.shape
        (entry.value, entry.extra) = (step.value, step.extra)
        if step.shape == .list {
          let list = pool[Int(step.value)..<Int(step.value + step.extra)]
          (entry.value, entry.extra) = parts.store(list)
        }
        // A transaction's version orders its writes; what its reads saw it does not tell.
        entry.version = step.function == .read ? nil : version(of: row)
        parts.append(entry)
        parts.origins.append(Int32(row))
      }
    }
    parts.keyNames = keyNames
    return parts
  }
}

// Rows as sentences. Witnesses are data; what people read is rendered from it here, so that all
// checkers speak alike.

import Histories

extension History {
  /// "append x 1", "read y [1 2]": a step of a transaction.
  func deed(_ step: Step) -> String {
    let key = name(of: step.key)
    switch (step.function, step.shape) {
    case (.read, .none): return "read \(key) nothing"
    case (.read, .list):
      let list = pool[Int(step.value)..<Int(step.value + step.extra)]
      let shown = list.suffix(8).map { name(ofValue: $0) }.joined(separator: " ")
      return "read \(key) [\(list.count > 8 ? "... " : "")\(shown)]"
    default: return "\(step.function.name) \(key) \(name(ofValue: step.value))"
    }
  }

  /// What an operation did, in a few words, without who and when: the label in a drawing.
  public func label(of row: Int) -> String {
    if shapes[row] == .steps { return steps(of: row).map(deed).joined(separator: ", ") }
    return deed(row).split(separator: " ").dropFirst(2).joined(separator: " ")
  }

  /// "process 3 wrote 7 to x": what an operation did, in the past tense.
  func deed(_ row: Int) -> String {
    let name = name(of: keys[row])
    let value = values[row]
    let verb =
      switch functions[row] {
      case .read: "read \(answer(row)) from key \(name)"
      case .write: "wrote \(value) to key \(name)"
      case .compareAndSet: "set key \(name) from \(extras[row]) to \(value)"
      case .increment: "added \(value) to key \(name)"
      case .insert where shapes[row] == .list: "inserted \(answer(row)) into key \(name)"
      case .insert: "inserted \(value) into key \(name)"
      case .remove: "removed \(value) from key \(name)"
      case .acquire: "acquired lock \(name)" + (hasToken(row) ? " with token \(value)" : "")
      case .release: "released lock \(name)" + (hasToken(row) ? " with token \(value)" : "")
      case .append where shapes[row] == .scalar: "appended \(value) to key \(name)"
      case .generate: "drew the id \(answer(row)) from \(name)"
      case .enqueue: "enqueued \(value) in \(name)"
      case .dequeue: "took \(answer(row)) from \(name)"
      default: "did \(functions[row].name) on \(name)"
      }
    switch completions[row] {
    case .ok: return "process \(processes[row]) \(verb)"
    case .fail: return "process \(processes[row]) \(verb), which failed"
    case .info: return "process \(processes[row]) \(verb), with unknown outcome"
    }
  }

  /// The same with its row and times: "process 3 wrote 7 to x (row 12, from 120 to 410)".
  func story(_ row: Int) -> String {
    let end = completions[row] == .info ? "on" : "to \(time(returns[row]))"
    let place = regionName(of: row).map { "\($0), " } ?? ""
    return "\(deed(row)) (\(place)row \(origin(of: row)), from \(time(calls[row])) \(end))"
  }

  /// An instant: in seconds where the length of a tick is known.
  func time(_ ticks: Int64) -> String {
    guard ticksPerSecond > 0, ticks >= 0 else { return String(ticks) }
    let millis = ticks / max(1, ticksPerSecond / 1_000)
    let rest = String(millis % 1_000)
    return "\(millis / 1_000)." + String(repeating: "0", count: 3 - rest.count) + rest + " s"
  }

  /// Whether an operation on a lock tells a fencing token.
  func hasToken(_ row: Int) -> Bool { shapes[row] == .scalar && completions[row] == .ok }

  /// A length of time: in seconds where the length of a tick is known.
  func duration(_ ticks: Int64) -> String {
    ticksPerSecond > 0 ? time(ticks) : "\(ticks) ticks"
  }

  /// What a read returned.
  private func answer(_ row: Int) -> String {
    switch shapes[row] {
    case .scalar: return "\(values[row])"
    case .list, .map:
      let list = list(of: row)
      let shown = list.prefix(8).map(String.init).joined(separator: ", ")
      return list.count > 8 ? "[\(shown), ... \(list.count) in all]" : "[\(shown)]"
    default: return "nothing"
    }
  }
}

/// "2.5 %".
func percent(_ part: Int, of whole: Int) -> String {
  let tenths = whole == 0 ? 0 : (part * 1_000 + whole / 2) / whole
  return "\(tenths / 10).\(tenths % 10) %"
}

/// "1 read", "2 reads".
func count(_ number: Int, _ noun: String) -> String {
  "\(number) \(noun)\(number == 1 ? "" : "s")"
}

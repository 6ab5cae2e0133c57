// What is wrong with lists without looking at cycles: values that nobody may see, lists that contradict
// each other or their own transaction. Each anomaly is counted, the first few are kept.

import Histories

extension ListAppend {
  /// All anomalies that need no cycle.
  func addAnomalies(to findings: inout IsolationFindings) {
    let history = transactions.history
    var firstFailed = [Int32](repeating: .max, count: transactions.keys.count)
    var firstRepeat = firstFailed
    for key in transactions.keys.indices {
      var isAllWritten = true
      for place in (0..<length(key)).reversed() {
        guard let write = write(key, at: place) else {
          isAllWritten = false
          continue
        }
        if !mayHaveHappened(write) { firstFailed[key] = Int32(place) }
        if places[write] != Int32(place) { firstRepeat[key] = Int32(place) }
      }
      if !isAllWritten { firstRepeat[key] = repeated(in: key) ?? .max }
      addDirtyUpdates(key, &findings)
    }
    for node in 0..<transactions.count where transactions.completion(node) == .ok {
      let steps = transactions.steps(node)
      for place in steps {
        let step = history.steps[place]
        let key = Int(transactions.stepKeys[place])
        if step.function == .append {
          checkFuture(node, key, step, steps.lowerBound..<place, &findings)
          continue
        }
        guard step.function == .read else { continue }
        let list = transactions.list(place)
        checkInternal(node, key, list, steps.lowerBound..<place, &findings)
        guard !list.isEmpty else { continue }
        if isPrefix(key, list) {
          if list.count > Int(firstFailed[key]) {
            addAborted(node, key, write(key, at: Int(firstFailed[key])), &findings)
          }
          if list.count > Int(firstRepeat[key]) {
            addDuplicate(node, key, list.lowerBound + Int(firstRepeat[key]), &findings)
          }
        } else {
          checkOddList(node, key, list, &findings)
        }
        checkIntermediate(node, key, list, &findings)
      }
    }
  }

  /// The first place of a key's longest list that holds what an earlier one holds, whoever wrote it.
  private func repeated(in key: Int) -> Int32? {
    let start = Int(longest[key])
    let pool = transactions.history.pool
    let places = (start..<start + length(key)).sorted { (pool[$0], $0) < (pool[$1], $1) }
    return zip(places, places.dropFirst()).filter { pool[$0] == pool[$1] }.map { Int32($1 - start) }
      .min()
  }

  func value(_ write: Int) -> String {
    transactions.history.name(ofValue: writes.values[write])
  }

  private func addAborted(
    _ reader: Int, _ key: Int, _ write: Int?, _ findings: inout IsolationFindings
  ) {
    guard let write else { return }
    findings.add("G1a", [reader, Int(writes.writers[write])]) { names in
      "\(names[0]) observed \(names[1])'s append of \(value(write)) to key "
        + "\(transactions.name(Int32(key))), but \(names[1]) failed"
    }
  }

  private func addDuplicate(
    _ reader: Int, _ key: Int, _ place: Int, _ findings: inout IsolationFindings
  ) {
    findings.add("duplicate-elements", [reader]) { names in
      let value = transactions.history.name(ofValue: transactions.history.pool[place])
      return "\(names[0]) observed \(value) more than once in key \(transactions.name(Int32(key)))"
    }
  }

  /// A list that is no prefix of the longest one of its key.
  private func checkOddList(
    _ node: Int, _ key: Int, _ list: Range<Int>, _ findings: inout IsolationFindings
  ) {
    findings.add(
      "incompatible-order", [node] + [reader(of: key, holding: length(key))].compactMap { $0?.node }
    ) { names in
      "\(names[0]) and \(names[1]) read lists of key \(transactions.name(Int32(key))) of which "
        + "neither begins with the other"
    }
    let pool = transactions.history.pool
    for place in list {
      guard let write = writes.find(Int32(key), pool[place]), !mayHaveHappened(write) else {
        continue
      }
      addAborted(node, key, write, &findings)
      break
    }
    let sorted = pool[list].sorted()
    if let twice = zip(sorted, sorted.dropFirst()).first(where: { $0 == $1 })?.0,
      let place = list.first(where: { pool[$0] == twice })
    {
      addDuplicate(node, key, place, &findings)
    }
  }

  private func checkIntermediate(
    _ node: Int, _ key: Int, _ list: Range<Int>, _ findings: inout IsolationFindings
  ) {
    let last: Int? =
      isPrefix(key, list)
      ? write(key, at: list.count - 1)
      : writes.find(Int32(key), transactions.history.pool[list.upperBound - 1])
    guard let last, isIntermediate[last], Int(writes.writers[last]) != node else { return }
    findings.add("G1b", [node, Int(writes.writers[last])]) { names in
      "\(names[0]) observed \(names[1])'s append of \(value(last)) to key "
        + "\(transactions.name(Int32(key))), but not \(names[1])'s later append to it"
    }
  }

  /// A failed write below one that took effect.
  private func addDirtyUpdates(_ key: Int, _ findings: inout IsolationFindings) {
    var failed: Int?
    for place in 0..<length(key) {
      guard let write = write(key, at: place) else { continue }
      switch transactions.completion(Int(writes.writers[write])) {
      case .info: continue
      case .fail: failed = failed ?? write
      case .ok:
        guard let dirty = failed else { continue }
        failed = nil
        findings.add(
          "dirty-update", [dirty, write].map { Int(writes.writers[$0]) },
          restingOn: [evidence(of: key, holding: place + 1)].compactMap { $0 }
        ) { names in
          [
            "\(names[1]) appended \(value(write)) to key \(transactions.name(Int32(key))) on top of "
              + "\(names[0])'s append of \(value(dirty)), but \(names[0]) failed"
          ]
        }
      }
    }
  }

  /// A read must agree with what its own transaction read and appended before.
  private func checkInternal(
    _ node: Int, _ key: Int, _ list: Range<Int>, _ before: Range<Int>,
    _ findings: inout IsolationFindings
  ) {
    let history = transactions.history
    var end = list.upperBound
    var isRight = true
    for place in before.reversed() where Int(transactions.stepKeys[place]) == key {
      let step = history.steps[place]
      if step.function == .append {
        end -= 1
        guard end >= list.lowerBound, history.pool[end] == step.value else {
          isRight = false
          break
        }
      } else if step.function == .read {
        let own = transactions.list(place)
        isRight =
          own.count == end - list.lowerBound
          && (own.isEmpty || history.pool[own].elementsEqual(history.pool[list.lowerBound..<end]))
        break
      }
    }
    guard !isRight else { return }
    findings.add("internal", [node]) { names in
      "\(names[0]) read a list of key \(transactions.name(Int32(key))) that contradicts what it had "
        + "read and appended itself"
    }
  }

  /// No transaction reads what it will append.
  private func checkFuture(
    _ node: Int, _ key: Int, _ step: Step, _ before: Range<Int>,
    _ findings: inout IsolationFindings
  ) {
    let history = transactions.history
    for place in before
    where Int(transactions.stepKeys[place]) == key && history.steps[place].function == .read {
      guard history.pool[transactions.list(place)].contains(step.value) else { continue }
      findings.add("future-read", [node]) { names in
        "\(names[0]) observed \(history.name(ofValue: step.value)) in key "
          + "\(transactions.name(Int32(key))) before it appended it itself"
      }
      return
    }
  }
}

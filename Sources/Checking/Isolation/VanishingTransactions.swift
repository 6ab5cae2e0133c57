// An observed transaction vanishes (OTV): a transaction sees what another wrote, and in a later step an older version
// of something else that the other wrote. Monotonic atomic view forbids it, read committed does not. Bailis et
// al., "Highly Available Transactions: Virtues and Limitations", 2013, section 5.1.
//
// Who sees somebody's write and misses another makes a cycle with one rw, unless what failed or contradicts itself
// hides it: histories without any anomaly need not be looked through.

import Histories

extension ListAppend {
  /// For each transaction the first other one that it saw and then missed.
  func addVanished(to findings: inout IsolationFindings) {
    // An element that nobody wrote hides whose writes are below it.
    guard !findings.names.isEmpty || order.contains(-1) else { return }
    for node in 0..<transactions.count where transactions.completion(node) == .ok {
      guard let (seen, missed) = vanished(from: node) else { continue }
      findings.add("OTV", [node, Int(writes.writers[seen])]) { names in
        "\(names[0]) observed \(names[1])'s append of \(told(seen)), and after that a list without its "
          + "append of \(told(missed))"
      }
    }
  }

  private func told(_ write: Int) -> String {
    "\(transactions.history.name(ofValue: writes.values[write])) to key "
      + transactions.name(writes.keys[write])
  }

  /// A write that a transaction saw, and another by the same transaction that it missed later.
  private func vanished(from node: Int) -> (seen: Int, missed: Int)? {
    let history = transactions.history
    let reads = transactions.steps(node).filter { history.steps[$0].function == .read }
    for (number, later) in reads.enumerated() {
      for earlier in reads[..<number]
      where transactions.stepKeys[earlier] != transactions.stepKeys[later] {
        for place in transactions.list(earlier) {
          guard let seen = writes.find(transactions.stepKeys[earlier], history.pool[place]),
            Int(writes.writers[seen]) != node, mayHaveHappened(seen),
            let missed = missed(of: Int(writes.writers[seen]), at: later)
          else { continue }
          return (seen, missed)
        }
      }
    }
    return nil
  }

  /// A transaction's write to the key of a read that the read does not show.
  private func missed(of writer: Int, at read: Int) -> Int? {
    let history = transactions.history
    let key = transactions.stepKeys[read]
    let step = transactions.steps(writer).first { step in
      transactions.stepKeys[step] == key && history.steps[step].function == .append
        && !history.pool[transactions.list(read)].contains(history.steps[step].value)
    }
    return step.flatMap { writes.find(key, history.steps[$0].value) }
  }
}

extension Register {
  /// For each transaction the first other one that it saw and then missed, as far as the order of versions is known.
  func addVanished(_ order: VersionOrder, to findings: inout IsolationFindings) {
    guard !findings.names.isEmpty else { return }
    let ranks = order.ranks()
    var starts = [Int](repeating: 0, count: transactions.count + 1)
    for access in accesses { starts[Int(access.transaction) + 1] += 1 }
    for node in 0..<transactions.count { starts[node + 1] += starts[node] }
    /// What a transaction left in a key; nil if it did not write there.
    func last(_ node: Int, _ key: Int32) -> Int? {
      accesses[starts[node]..<starts[node + 1]].first { $0.key == key && $0.write >= 0 }
        .map { Int($0.write) }
    }
    for node in 0..<transactions.count where transactions.completion(node) == .ok {
      let reads = outsideReads(of: node)
      search: for (number, later) in reads.enumerated() {
        for earlier in reads[..<number] where earlier.key != later.key {
          guard earlier.version >= keyCount, originators[earlier.version] >= 0 else { continue }
          let writer = Int(originators[earlier.version])
          guard writer != node, transactions.completion(writer) != .fail,
            let missed = last(writer, later.key), missed != later.version,
            let path = order.path(later.version, missed, ranks)
          else { continue }
          findings.add("OTV", [node, writer], restingOn: evidence(along: path, order)) { names in
            [
              "\(names[0]) observed \(describe(earlier.version)), which \(names[1]) wrote, and after that "
                + "\(describe(later.version)), which is older than \(names[1])'s \(describe(missed))"
            ]
          }
          break search
        }
      }
    }
  }

  /// The versions that a transaction read of keys which it had not written itself, in its order.
  private func outsideReads(of node: Int) -> [(key: Int32, version: Int)] {
    let steps = transactions.history.steps
    var own: [Int32] = []
    var reads: [(key: Int32, version: Int)] = []
    for place in transactions.steps(node) {
      let key = transactions.stepKeys[place]
      if steps[place].function == .write {
        own.append(key)
      } else if !own.contains(key) {
        reads.append((key, Int(version(place))))
      }
    }
    return reads
  }
}

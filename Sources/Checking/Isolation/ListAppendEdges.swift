// The dependencies that lists tell: ww from each element's writer to the next one's, wr from the writer of
// the last element read to the reader, rw from the reader to the writer of the next element. And why: the
// sentence for an edge, found again from the steps of its two transactions.

import Histories

extension ListAppend {
  /// Adds all edges of data.
  func addEdges(to builder: inout DependencyBuilder) {
    let unseen = unseen()
    addWrites(unseen, &builder)
    let late = addReads(unseen, &builder)
    var rest = ArraySlice(late)
    while let first = rest.first {
      let key = Int(first >> 32)
      let group = rest.prefix { Int($0 >> 32) == key }
      rest = rest.dropFirst(group.count)
      var readers: [Int32] = []
      for pair in group {
        let reader = Int32(truncatingIfNeeded: pair)
        if readers.last != reader { readers.append(reader) }
      }
      var writers: [Int32] = []
      for place in unseen.starts[key]..<unseen.starts[key + 1] {
        let writer = writes.writers[Int(unseen.writes[Int(place)])]
        if writers.last != writer { writers.append(writer) }
      }
      builder.linkAll(readers: readers[...], writers: writers)
    }
  }

  private func addWrites(
    _ unseen: (starts: [Int32], writes: [Int32]), _ builder: inout DependencyBuilder
  ) {
    for key in transactions.keys.indices {
      var before: Int32 = -1
      for place in 0..<length(key) {
        guard let write = write(key, at: place), places[write] == Int32(place),
          mayHaveHappened(write)
        else { continue }
        let writer = writes.writers[write]
        if before >= 0 { builder.link(before, writer, .ww) }
        before = writer
      }
      guard before >= 0 else { continue }
      for place in unseen.starts[key]..<unseen.starts[key + 1] {
        builder.link(before, writes.writers[Int(unseen.writes[Int(place)])], .ww)
      }
    }
  }

  /// Adds the edges of reads; gives those that saw all of a key that has unseen writes, as key and reader
  /// in one number, sorted.
  private func addReads(
    _ unseen: (starts: [Int32], writes: [Int32]), _ builder: inout DependencyBuilder
  ) -> [Int64] {
    let history = transactions.history
    var late: [Int64] = []
    for node in 0..<transactions.count where transactions.completion(node) == .ok {
      for place in transactions.steps(node) where history.steps[place].function == .read {
        let key = Int(transactions.stepKeys[place])
        guard let (count, last) = seen(key, transactions.list(place)) else { continue }
        if let last, mayHaveHappened(last) { builder.link(writes.writers[last], Int32(node), .wr) }
        if let last, places[last] < 0 { continue }
        if let next = next(key, after: count) {
          builder.link(Int32(node), writes.writers[next], .rw)
        } else if unseen.starts[key] < unseen.starts[key + 1] {
          late.append(Int64(key) << 32 | Int64(node))
        }
      }
    }
    return late.sorted()
  }

  /// Why one transaction must come before another.
  func reason(_ link: CycleLink, _ source: String, _ target: String) -> String? {
    switch link.kind {
    case .ww: writeReason(link, source, target)
    case .wr: readReason(link, source, target)
    case .rw: overwriteReason(link, source, target)
    default: nil
    }
  }

  private func writeReason(_ link: CycleLink, _ source: String, _ target: String) -> String? {
    guard let (before, after) = writes(of: link) else { return nil }
    return "\(target) appended \(value(after)) after \(source) appended \(value(before)) to key "
      + transactions.name(writes.keys[after])
  }

  /// The writes for which one transaction comes before another: to one key, one right after the other.
  func writes(of link: CycleLink) -> (before: Int, after: Int)? {
    guard link.kind == .ww else { return nil }
    for place in transactions.steps(link.target) {
      let step = transactions.history.steps[place]
      let key = transactions.stepKeys[place]
      guard step.function == .append, let write = writes.find(key, step.value) else { continue }
      let before = previous(Int(key), write)
      guard let before, Int(writes.writers[before]) == link.source else { continue }
      return (before, write)
    }
    return nil
  }

  /// The write that came right before another, as far as is known.
  private func previous(_ key: Int, _ write: Int) -> Int? {
    guard places[write] >= 0 else { return lastSeen(key) }
    for place in (0..<Int(places[write])).reversed() {
      if let before = self.write(key, at: place), mayHaveHappened(before) { return before }
    }
    return nil
  }

  private func readReason(_ link: CycleLink, _ source: String, _ target: String) -> String? {
    let history = transactions.history
    for place in transactions.steps(link.target) where history.steps[place].function == .read {
      let key = transactions.stepKeys[place]
      guard let last = seen(Int(key), transactions.list(place))?.last,
        Int(writes.writers[last]) == link.source
      else { continue }
      return "\(target) observed \(source)'s append of "
        + "\(history.name(ofValue: writes.values[last])) to key \(transactions.name(key))"
    }
    return nil
  }

  private func overwriteReason(_ link: CycleLink, _ source: String, _ target: String) -> String? {
    let history = transactions.history
    for place in transactions.steps(link.source) where history.steps[place].function == .read {
      let key = transactions.stepKeys[place]
      guard let (count, _) = seen(Int(key), transactions.list(place)) else { continue }
      let known = next(Int(key), after: count)
      for other in transactions.steps(link.target) {
        let step = history.steps[other]
        guard step.function == .append, transactions.stepKeys[other] == key,
          let write = writes.find(key, step.value)
        else { continue }
        guard known == write || (known == nil && places[write] < 0) else { continue }
        let value = history.name(ofValue: step.value)
        let name = transactions.name(key)
        return count == 0
          ? "\(source) observed the initial state of key \(name), which \(target) changed by "
            + "appending \(value)"
          : "\(source) did not observe \(target)'s append of \(value) to key \(name)"
      }
    }
    return nil
  }
}

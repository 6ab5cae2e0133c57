// The commit edges of causal consistency: for each read of x, and each session, the last transaction of
// the session that happened before the reader and wrote x must commit before the one that was read.
//
// What happened before is a vector clock: for each session its last transaction (after AWDIT, section 4.3).
// Clocks are made for a few dozen sessions at a time, so that memory is a few dozen numbers a transaction,
// whatever the number of sessions. Of the edges from one session to one transaction only the latest is
// kept, and none that happened-before or the edges to the transaction's session say already.

import Histories

extension CommitOrder {
  /// How many sessions at a time.
  private static let block = 64

  /// Adds the edges, given an order of the transactions that agrees with sessions and reads; false if it was too
  /// late to add them all.
  mutating func causal(_ order: [Int32], _ budget: Budget) -> Bool {
    let index = KeyWriters(table)
    let width = min(CommitOrder.block, table.sessionCount)
    guard width > 0 else { return true }
    var clocks = [Int32](repeating: -1, count: table.count * width)
    var needs = clocks
    for first in stride(from: 0, to: table.sessionCount, by: width) {
      guard !budget.isLate else { return false }
      let sessions = first..<min(first + width, table.sessionCount)
      if first > 0 {
        for place in clocks.indices {
          clocks[place] = -1
          needs[place] = -1
        }
      }
      makeClocks(&clocks, order, sessions, width)
      collect(&needs, clocks, index, sessions, width)
      emit(needs, clocks, sessions, width)
    }
    return true
  }

  private func makeClocks(
    _ clocks: inout [Int32], _ order: [Int32], _ sessions: Range<Int>, _ width: Int
  ) {
    clocks.withUnsafeMutableBufferPointer { clocks in
      func join(_ target: Int, _ source: Int) {
        let (to, from) = (target * width, source * width)
        for place in 0..<width where clocks[from + place] > clocks[to + place] {
          clocks[to + place] = clocks[from + place]
        }
        let session = Int(table.sessions[source])
        if sessions.contains(session) {
          let place = to + session - sessions.lowerBound
          clocks[place] = max(clocks[place], Int32(source))
        }
      }
      for transaction in order.lazy.map(Int.init) {
        let session = Int(table.sessions[transaction])
        if Int(table.sessionStarts[session]) < transaction { join(transaction, transaction - 1) }
        for read in table.reads(transaction) {
          let writer = Int(table.readWriters[read])
          if writer >= 0 { join(transaction, writer) }
        }
      }
    }
  }

  /// For each transaction and session, the last one that must commit before it.
  private mutating func collect(
    _ needs: inout [Int32], _ clocks: [Int32], _ index: KeyWriters, _ sessions: Range<Int>,
    _ width: Int
  ) {
    var missing: [(reader: Int, key: Int32, writer: Int32)] = []
    needs.withUnsafeMutableBufferPointer { needs in
      clocks.withUnsafeBufferPointer { clocks in
        for transaction in 0..<table.count {
          let clock = transaction * width
          for read in table.reads(transaction) {
            let (key, writer) = (table.readKeys[read], Int(table.readWriters[read]))
            let need = max(0, writer) * width
            for segment in index.segments(key, sessions) {
              let place = Int(index.sessions[segment]) - sessions.lowerBound
              guard let last = index.last(segment, upTo: clocks[clock + place]) else { continue }
              if writer < 0 {
                missing.append((transaction, key, last))
              } else if last != writer, last > clocks[need + place], last > needs[need + place] {
                needs[need + place] = last
              }
            }
          }
        }
      }
    }
    for (reader, key, writer) in missing.prefix(1_000) {
      require(writer, before: TransactionTable.initially, reader, key)
    }
  }

  private mutating func emit(
    _ needs: [Int32], _ clocks: [Int32], _ sessions: Range<Int>, _ width: Int
  ) {
    var most = [Int32](repeating: -1, count: width)
    for session in 0..<table.sessionCount {
      for place in 0..<width { most[place] = -1 }
      let members = Int(table.sessionStarts[session])..<Int(table.sessionStarts[session + 1])
      for transaction in members {
        for place in 0..<width {
          let need = needs[transaction * width + place]
          guard need > most[place] else { continue }
          require(need, before: Int32(transaction), transaction, 0)
          most[place] = need
        }
      }
    }
  }
}

/// For each key, who wrote it: ascending transactions, in one segment for each session.
struct KeyWriters {
  /// The segments of each key.
  private var starts: [Int32] = []
  /// The session of each segment.
  private(set) var sessions: [Int32] = []
  /// Where each segment begins in `writers`, and the end.
  private var bounds: [Int32] = []
  private var writers: [Int32] = []

  init(_ table: TransactionTable) {
    var ends = [Int32](repeating: 0, count: table.keys.count + 1)
    for key in table.writeKeys { ends[Int(key) + 1] += 1 }
    for key in table.keys.indices { ends[key + 1] += ends[key] }
    writers = Array(repeating: 0, count: table.writeKeys.count)
    var next = ends
    for transaction in 0..<table.count {
      for key in table.writes(transaction) {
        writers[Int(next[Int(key)])] = Int32(transaction)
        next[Int(key)] += 1
      }
    }
    for key in table.keys.indices {
      starts.append(Int32(sessions.count))
      var last: Int32 = -1
      for place in ends[key]..<ends[key + 1] {
        let session = table.sessions[Int(writers[Int(place)])]
        if session != last {
          sessions.append(session)
          bounds.append(place)
          last = session
        }
      }
    }
    starts.append(Int32(sessions.count))
    bounds.append(Int32(writers.count))
  }

  /// The segments of a key that are of some sessions.
  func segments(_ key: Int32, _ range: Range<Int>) -> Range<Int> {
    let all = Int(starts[Int(key)])..<Int(starts[Int(key) + 1])
    return first(all, notBelow: range.lowerBound)..<first(all, notBelow: range.upperBound)
  }

  private func first(_ all: Range<Int>, notBelow session: Int) -> Int {
    var (low, high) = (all.lowerBound, all.upperBound)
    while low < high {
      let middle = (low + high) / 2
      if Int(sessions[middle]) < session { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// The last writer in a segment up to a transaction.
  func last(_ segment: Int, upTo limit: Int32) -> Int32? {
    var low = Int(bounds[segment])
    guard low < writers.count, writers[low] <= limit else { return nil }
    var high = Int(bounds[segment + 1])
    while high - low > 1 {
      let middle = (low + high) / 2
      if writers[middle] <= limit { low = middle } else { high = middle }
    }
    return writers[low]
  }
}

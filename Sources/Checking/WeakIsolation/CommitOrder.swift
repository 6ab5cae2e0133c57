// What a weak model says about the order in which transactions commit. All three models say (Biswas and
// Enea, "On the Complexity of Checking Transactional Consistency", OOPSLA 2019, figure 2): if t3 reads x
// from t1, and t2 wrote x too and t3 knew of t2, then t2 commits before t1. They differ in what a
// transaction knows of:
//
// - read committed: whom it read from earlier;
// - read atomic: whom it read from at all, and its session before it;
// - causal: all that, of those it knows of too.
//
// A history has the model iff these edges, session order and reads-from have no cycle. The edges below
// are few, but imply all others: Møldrup and Pavlogiannis, "AWDIT: An Optimal Weak Database Isolation
// Tester", PLDI 2025, sections 3 and 4. For k operations they take O(k^1.5) time, which is optimal:
// of a written and a read set the smaller is walked and the larger is asked.

import Histories

/// The three weak models.
enum WeakModel {
  case readCommitted, readAtomic, causal
}

/// An edge of the commit order that a model requires.
struct CommitEdge: Equatable {
  var source: Int32
  var target: Int32
}

/// Gathers the edges of a model.
struct CommitOrder {
  let table: TransactionTable
  private(set) var edges: [CommitEdge] = []
  /// Reads of the initial state by transactions that knew of a write: (reader, key, known writer).
  private(set) var missed: [(reader: Int, key: Int32, writer: Int32)] = []
  /// Stamps: the transaction for which `writer` of a key was set last.
  private var stamp: [Int32]
  private var writer: [Int32]

  init(_ table: TransactionTable) {
    self.table = table
    stamp = Array(repeating: -1, count: table.keys.count)
    writer = stamp
  }

  /// Notes that a transaction that read `key` from `target` knew of `source`, which wrote it too.
  mutating func require(_ source: Int32, before target: Int32, _ reader: Int, _ key: Int32) {
    guard source != target, source >= 0 else { return }
    guard target >= 0 else {
      if missed.count < 1_000 { missed.append((reader, key, source)) }
      return
    }
    // Session order says it already.
    let session = table.sessions
    if source < target, session[Int(source)] == session[Int(target)] { return }
    let edge = CommitEdge(source: source, target: target)
    if edges.last != edge { edges.append(edge) }
  }

  /// From the last read of a transaction to its first: what is read next of a key, seen from here, must
  /// be no older than what anybody read from here wrote to the key.
  mutating func readCommitted() {
    var seen = [Int32](repeating: -1, count: table.count)
    var isFirst: [Bool] = []
    for transaction in 0..<table.count {
      let reads = table.reads(transaction)
      guard reads.count > 1 else { continue }
      let reader = Int32(transaction)
      isFirst.removeAll(keepingCapacity: true)
      for read in reads {
        let writer = Int(table.readWriters[read])
        isFirst.append(writer >= 0 && seen[writer] != reader)
        if writer >= 0 { seen[writer] = reader }
      }
      var later: [Int32] = []
      for read in reads.reversed() {
        let (key, source) = (table.readKeys[read], table.readWriters[read])
        if isFirst[read - reads.lowerBound] { link(source, reader, later) }
        if stamp[Int(key)] != reader {
          stamp[Int(key)] = reader
          later.append(key)
        } else {
          require(source, before: writer[Int(key)], transaction, key)
        }
        writer[Int(key)] = source
      }
    }
  }

  mutating func readAtomic() {
    var seen = [Int32](repeating: -1, count: table.count)
    var lastStamp = [Int32](repeating: -1, count: table.keys.count)
    var lastWriter = lastStamp
    for transaction in 0..<table.count {
      let reader = Int32(transaction)
      let session = table.sessions[transaction]
      var keys: [Int32] = []
      for read in table.reads(transaction) {
        let (key, source) = (table.readKeys[read], table.readWriters[read])
        if stamp[Int(key)] != reader {
          stamp[Int(key)] = reader
          keys.append(key)
        } else if writer[Int(key)] != source {
          // A key that is read twice must be read from the same transaction.
          require(writer[Int(key)], before: source, transaction, key)
          require(source, before: writer[Int(key)], transaction, key)
        }
        writer[Int(key)] = source
        if lastStamp[Int(key)] == session {
          require(lastWriter[Int(key)], before: source, transaction, key)
        }
      }
      for read in table.reads(transaction) {
        let source = table.readWriters[read]
        guard source >= 0, seen[Int(source)] != reader else { continue }
        seen[Int(source)] = reader
        link(source, reader, keys)
      }
      for key in table.writes(transaction) {
        lastStamp[Int(key)] = session
        lastWriter[Int(key)] = reader
      }
    }
  }

  /// `source` commits before whoever else the reader's stamped keys were read from, if it wrote them.
  private mutating func link(_ source: Int32, _ reader: Int32, _ stamped: [Int32]) {
    let writes = table.writes(Int(source))
    if writes.count <= 4 * stamped.count {
      for key in writes where stamp[Int(key)] == reader {
        require(source, before: writer[Int(key)], Int(reader), key)
      }
    } else {
      for key in stamped where contains(writes, key) {
        require(source, before: writer[Int(key)], Int(reader), key)
      }
    }
  }

  private func contains(_ sorted: ArraySlice<Int32>, _ key: Int32) -> Bool {
    var low = sorted.startIndex
    var high = sorted.endIndex
    while low < high {
      let middle = (low + high) / 2
      if sorted[middle] < key { low = middle + 1 } else { high = middle }
    }
    return low < sorted.endIndex && sorted[low] == key
  }
}

// What a history of transactions over registers says: who wrote what each read saw, and the order of the
// versions of each key as far as assumptions tell. The first version is nothing at all; a transaction's
// write follows what it read (wfr-keys); the transactions of a process, or all in real time, saw a key in
// order (sequential-keys, linearizable-keys); or the database told (versions).
//
// Kingsbury and Alvaro, "Elle", 2020, section 4.4. An assumption that makes the order of a key cyclic is an
// anomaly, and is not used.

import Histories

struct Register {
  /// What one transaction did to one key, seen from outside.
  struct Access {
    var transaction: Int32
    var key: Int32
    /// The version that it read before it wrote; -1: none.
    var read: Int32
    /// The version that it wrote last; -1: none.
    var write: Int32
  }

  let transactions: Transactions
  /// All versions but the first of each key: version v is the first of key v, or `values[v - keys]`.
  private(set) var values: WriteTable
  /// Grouped by transaction.
  private(set) var accesses: [Access] = []
  /// Per version: who wrote it as its last write to the key, and may have happened; -1: nobody.
  private(set) var writers: [Int32] = []
  /// Per version: who wrote it, failed or overwrote it itself; -1: nobody.
  private(set) var originators: [Int32] = []
  /// The first write that repeats a value of its key.
  private(set) var repeated: (transaction: Int, step: Int)?

  /// What registers hold before the first write, if a read may return it.
  private let initial: Value?

  var keyCount: Int { transactions.keys.count }

  var versionCount: Int { keyCount + values.count }

  init(_ transactions: Transactions, initial: Value? = nil) {
    self.transactions = transactions
    self.initial = initial
    let history = transactions.history
    values = WriteTable(capacity: history.steps.count + 8)
    for node in 0..<transactions.count {
      for place in transactions.steps(node) where history.steps[place].function == .write {
        let key = transactions.stepKeys[place]
        let added = values.add(key, history.steps[place].value, writer: node, place: place)
        let isPlain = added.isNew && history.steps[place].value != initial
        if !isPlain, repeated == nil { repeated = (node, place) }
      }
    }
    for node in 0..<transactions.count where transactions.completion(node) == .ok {
      for place in transactions.steps(node) {
        let step = history.steps[place]
        guard step.function == .read, step.shape == .scalar, step.value != initial else {
          continue
        }
        _ = values.add(transactions.stepKeys[place], step.value, writer: -1, place: -1)
      }
    }
    var latest = [Int32](repeating: -1, count: keyCount)
    for node in 0..<transactions.count where transactions.completion(node) != .fail {
      gather(node, &latest)
    }
    originators = [Int32](repeating: -1, count: keyCount) + values.writers
    writers = [Int32](repeating: -1, count: versionCount)
    for access in accesses where access.write >= 0 {
      writers[Int(access.write)] = access.transaction
    }
  }

  /// The version that a step read or wrote.
  func version(_ place: Int) -> Int32 {
    let step = transactions.history.steps[place]
    let key = transactions.stepKeys[place]
    guard step.shape == .scalar, let value = values.find(key, step.value) else { return key }
    return Int32(keyCount + value)
  }

  /// - Parameter latest: for each key its last access.
  private mutating func gather(_ node: Int, _ latest: inout [Int32]) {
    let first = accesses.count
    let isOK = transactions.completion(node) == .ok
    for place in transactions.steps(node) {
      let key = transactions.stepKeys[place]
      let isWrite = transactions.history.steps[place].function == .write
      guard isWrite || isOK else { continue }
      let version = version(place)
      let known = Int(latest[Int(key)])
      if known >= first {
        if isWrite { accesses[known].write = version }
      } else {
        latest[Int(key)] = Int32(accesses.count)
        accesses.append(
          Access(
            transaction: Int32(node), key: key, read: isWrite ? -1 : version,
            write: isWrite ? version : -1))
      }
    }
  }

  /// The key of a version.
  func key(_ version: Int) -> Int32 {
    version < keyCount ? Int32(version) : values.keys[version - keyCount]
  }

  /// "x = 3", "x before any write".
  func describe(_ version: Int) -> String {
    let name = transactions.name(key(version))
    guard version >= keyCount else { return "key \(name) before any write" }
    let value = values.values[version - keyCount]
    return "key \(name) = \(transactions.history.name(ofValue: value))"
  }
}

// What a history of appends to lists and reads of whole lists says about the order of its transactions.
// The longest list read of a key is the order of its versions, and every other read must be a prefix of
// it: comparing it with the longest tells at once which writes it saw, so that no element needs looking
// up. Appends that nobody read come after all that were.
//
// Kingsbury and Alvaro, "Elle: Inferring Isolation Anomalies from Experimental Observations", 2020,
// section 4.3.

import Histories

struct ListAppend {
  let transactions: Transactions
  let writes: WriteTable
  /// Per write: whether its transaction appended to the same key again.
  private(set) var isIntermediate: [Bool] = []
  /// Where each key's order begins in `order`; one place more for the end.
  private(set) var starts: [Int32] = []
  /// The writes that made the elements of the longest list read of each key; -1: nobody's.
  private(set) var order: [Int32] = []
  /// Per write: its first place in its key's order, from 0; -1 if no longest list has it.
  private(set) var places: [Int32] = []
  /// Per key, the place in the pool where its longest list begins.
  private(set) var longest: [Int32] = []
  /// The first append that repeats a value of its key: reads can not tell the two apart.
  private(set) var repeated: (transaction: Int, step: Int)?
  /// Per key, per place of its order: the write of the next element that may have happened; -1: none.
  private(set) var following: [Int32] = []

  init(_ transactions: Transactions) {
    self.transactions = transactions
    let history = transactions.history
    let keyCount = transactions.keys.count
    var writes = WriteTable(capacity: history.steps.count / 2 + 8)
    var lengths = [Int32](repeating: 0, count: keyCount)
    longest = [Int32](repeating: 0, count: keyCount)
    var latest = [Int32](repeating: -1, count: keyCount)
    for node in 0..<transactions.count {
      let isOK = transactions.completion(node) == .ok
      for place in transactions.steps(node) {
        let step = history.steps[place]
        let key = Int(transactions.stepKeys[place])
        if step.function == .append {
          let (write, isNew) = writes.add(Int32(key), step.value, writer: node, place: place)
          guard isNew else {
            if repeated == nil { repeated = (node, place) }
            continue
          }
          isIntermediate.append(false)
          let before = latest[key]
          if before >= 0, writes.writers[Int(before)] == Int32(node) {
            isIntermediate[Int(before)] = true
          }
          latest[key] = Int32(write)
        } else if step.function == .read, isOK, step.shape == .list,
          step.extra > Int64(lengths[key])
        {
          lengths[key] = Int32(step.extra)
          longest[key] = Int32(step.value)
        }
      }
    }
    self.writes = writes
    places = [Int32](repeating: -1, count: writes.count)
    inferOrder(lengths)
  }

  private mutating func inferOrder(_ lengths: [Int32]) {
    let pool = transactions.history.pool
    starts = [0]
    for key in lengths.indices {
      for place in 0..<lengths[key] {
        let write = writes.find(Int32(key), pool[Int(longest[key] + place)]) ?? -1
        order.append(Int32(write))
        if write >= 0, places[write] < 0 { places[write] = place }
      }
      starts.append(Int32(order.count))
    }
    following = [Int32](repeating: -1, count: order.count + lengths.count)
    for key in lengths.indices {
      var next: Int32 = -1
      // One more place than elements: before the first, and after each.
      let base = Int(starts[key]) + key
      following[base + Int(lengths[key])] = -1
      for place in (0..<Int(lengths[key])).reversed() {
        let write = order[Int(starts[key]) + place]
        if write >= 0, places[Int(write)] == Int32(place), mayHaveHappened(Int(write)) {
          next = write
        }
        following[base + place] = next
      }
    }
  }

  func mayHaveHappened(_ write: Int) -> Bool {
    transactions.completion(Int(writes.writers[write])) != .fail
  }

  /// How many elements the longest list of a key has.
  func length(_ key: Int) -> Int { Int(starts[key + 1] - starts[key]) }

  /// The write at a place of a key's order; nil if nobody wrote it.
  func write(_ key: Int, at place: Int) -> Int? {
    let write = order[Int(starts[key]) + place]
    return write < 0 ? nil : Int(write)
  }

  /// The write after the first `count` elements of a key.
  func next(_ key: Int, after count: Int) -> Int? {
    let write = following[Int(starts[key]) + key + count]
    return write < 0 ? nil : Int(write)
  }

  /// Whether a list is a prefix of the longest list of its key.
  func isPrefix(_ key: Int, _ list: Range<Int>) -> Bool {
    let start = Int(longest[key])
    if start == list.lowerBound { return true }
    return transactions.history.pool.withUnsafeBufferPointer { pool in
      for offset in 0..<list.count where pool[list.lowerBound + offset] != pool[start + offset] {
        return false
      }
      return true
    }
  }

  /// How many elements of its key's order a list saw, and the last write that it saw, below what nobody wrote;
  /// for a list that is no prefix, as its last element tells.
  func seen(_ key: Int, _ list: Range<Int>) -> (count: Int, last: Int?)? {
    guard !list.isEmpty else { return (0, nil) }
    if isPrefix(key, list) {
      if let last = write(key, at: list.count - 1) { return (Int(places[last]) + 1, last) }
      return (list.count, (0..<list.count).reversed().lazy.compactMap { write(key, at: $0) }.first)
    }
    let value = transactions.history.pool[list.upperBound - 1]
    guard let last = writes.find(Int32(key), value) else { return nil }
    return (places[last] < 0 ? length(key) : Int(places[last]) + 1, last)
  }

  /// The writes of a key that no longest list has and that may have happened, in their order.
  func unseen() -> (starts: [Int32], writes: [Int32]) {
    var starts = [Int32](repeating: 0, count: transactions.keys.count + 1)
    for write in 0..<writes.count where places[write] < 0 && mayHaveHappened(write) {
      starts[Int(writes.keys[write]) + 1] += 1
    }
    for key in transactions.keys.indices { starts[key + 1] += starts[key] }
    var next = starts
    var grouped = [Int32](repeating: 0, count: Int(starts.last ?? 0))
    for write in 0..<writes.count where places[write] < 0 && mayHaveHappened(write) {
      let key = Int(writes.keys[write])
      grouped[Int(next[key])] = Int32(write)
      next[key] += 1
    }
    return (starts, grouped)
  }

  /// The last write of a key that was read and may have happened.
  func lastSeen(_ key: Int) -> Int? {
    for place in (0..<length(key)).reversed() {
      if let write = write(key, at: place), mayHaveHappened(write) { return write }
    }
    return nil
  }
}

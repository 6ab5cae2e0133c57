// Transactions over registers in columns: for each what it wrote, and from whom it read. All weak models
// start from here. Read consistency (the axioms that every model has) is judged on the way: nobody reads
// what was aborted, overwritten by its own transaction, or never written, and a transaction that has
// written a key reads its own write.
//
// Transactions are numbered session after session, so that the next of a session is the next number and
// the last of a session before some number is found by comparing numbers.
//
// A transaction of unknown outcome happened if somebody read from it; otherwise it is taken not to have
// happened, which can only help the history. What it read is not known.

import Histories

/// What the weak models need to know of a history.
struct TransactionTable {
  /// The reader's number for "nobody: the initial state".
  static let initially: Int32 = -1

  /// The history row of each transaction.
  private(set) var rows: [Int32] = []
  /// The session of each transaction, and the first transaction of each session (and the end).
  private(set) var sessions: [Int32] = []
  private(set) var sessionStarts: [Int32] = [0]
  /// The keys each transaction wrote, ascending, without repetition.
  private(set) var writeStarts: [Int32] = [0]
  private(set) var writeKeys: [Int32] = []
  /// What each transaction read of others, in its order, with the transactions it read from.
  private(set) var readStarts: [Int32] = [0]
  private(set) var readKeys: [Int32] = []
  private(set) var readWriters: [Int32] = []
  /// The user's key of each key here.
  private(set) var keys: [Key] = []
  /// How many reads were judged, and how many could not be: their value was written several times.
  private(set) var answers = 0
  private(set) var ambiguousReads = 0
  /// Something that is neither a read nor a write.
  private(set) var foreign: Function?
  private(set) var findings = Findings()

  var count: Int { rows.count }
  var sessionCount: Int { sessionStarts.count - 1 }

  func writes(_ transaction: Int) -> ArraySlice<Int32> {
    writeKeys[Int(writeStarts[transaction])..<Int(writeStarts[transaction + 1])]
  }

  func reads(_ transaction: Int) -> Range<Int> {
    Int(readStarts[transaction])..<Int(readStarts[transaction + 1])
  }

  init(_ history: History, _ facts: Facts) {
    var failed: [Int32] = []
    order(history, &failed)
    let names = number(history)
    var table = ValueTable(
      capacity: history.steps.count + history.count, values: ValueTable.written(by: history))
    var own = OwnWrites(keys: keys.count)
    for row in failed { enter(history, Int(row), -1, names, &table, &own) }
    for transaction in rows.indices {
      enter(history, Int(rows[transaction]), Int32(transaction), names, &table, &own)
    }
    resolve(history, facts, names, table)
    collectWrites(history, names)
  }

  /// Numbers the transactions that may have happened, session after session.
  private mutating func order(_ history: History, _ failed: inout [Int32]) {
    var places: [Int32: Int32] = [:]
    var lastProcess: (process: Int32, session: Int32)?
    var owner = [Int32](repeating: -1, count: history.count)
    var sizes: [Int32] = []
    for row in 0..<history.count {
      guard isTransaction(history, row) else { continue }
      guard history.completions[row] != .fail else {
        failed.append(Int32(row))
        continue
      }
      let process = history.processes[row]
      let session: Int32
      if let lastProcess, lastProcess.process == process {
        session = lastProcess.session
      } else {
        session = places[process] ?? Int32(sizes.count)
        if session == sizes.count {
          places[process] = session
          sizes.append(0)
        }
        lastProcess = (process, session)
      }
      owner[row] = session
      sizes[Int(session)] += 1
    }
    for size in sizes { sessionStarts.append((sessionStarts.last ?? 0) + size) }
    let total = Int(sessionStarts.last ?? 0)
    rows = Array(repeating: 0, count: total)
    sessions = rows
    var next = sessionStarts
    for row in owner.indices where owner[row] >= 0 {
      let session = Int(owner[row])
      rows[Int(next[session])] = Int32(row)
      sessions[Int(next[session])] = owner[row]
      next[session] += 1
    }
  }

  private mutating func isTransaction(_ history: History, _ row: Int) -> Bool {
    switch history.functions[row] {
    case .transaction, .read, .write: return true
    case let other:
      foreign = foreign ?? other
      return false
    }
  }

  /// Small numbers for keys.
  private mutating func number(_ history: History) -> KeyNumbers {
    var all = history.steps.map(\.key)
    for row in 0..<history.count where history.functions[row] != .transaction {
      all.append(history.keys[row])
    }
    let numbers = KeyNumbers(all)
    keys = numbers.keys
    return numbers
  }

  /// The record that the row at hand wrote last to each key, if it was this row that noted it.
  private struct OwnWrites {
    var row: [Int32]
    var record: [Int32]

    init(keys: Int) {
      row = [Int32](repeating: -1, count: keys)
      record = row
    }
  }

  /// Puts the writes of a row into the table.
  private mutating func enter(
    _ history: History, _ row: Int, _ transaction: Int32, _ names: KeyNumbers,
    _ table: inout ValueTable, _ own: inout OwnWrites
  ) {
    for step in history.transactionSteps(of: row) {
      guard step.function == .write else {
        if step.function != .read { foreign = foreign ?? step.function }
        continue
      }
      let key = names[step.key]
      let record = table.add(
        WriteRecord(key: key, value: step.value, transaction: transaction, row: Int32(row)))
      if own.row[Int(key)] == Int32(row), Int(own.record[Int(key)]) != record {
        table.overwrite(Int(own.record[Int(key)]))
      }
      own.row[Int(key)] = Int32(row)
      own.record[Int(key)] = Int32(record)
    }
  }

  /// Finds out where each read read from.
  private mutating func resolve(
    _ history: History, _ facts: Facts, _ names: KeyNumbers, _ table: ValueTable
  ) {
    // The value that the transaction at hand wrote last to a key.
    var stamp = [Int32](repeating: -1, count: keys.count)
    var own = [Value](repeating: 0, count: keys.count)
    for transaction in rows.indices {
      let row = Int(rows[transaction])
      defer { readStarts.append(Int32(readKeys.count)) }
      guard history.completions[row] == .ok else { continue }
      for step in history.transactionSteps(of: row) {
        let key = names[step.key]
        if step.function == .write {
          stamp[Int(key)] = Int32(transaction)
          own[Int(key)] = step.value
        } else if step.function == .read {
          let value = step.shape == .scalar ? step.value : nil
          if value == nil, facts.emptyReadsSayNothing || step.shape == .list { continue }
          answers += 1
          if stamp[Int(key)] == transaction {
            if value != own[Int(key)] { notOwn(history, row, step, own[Int(key)]) }
            continue
          }
          let writer = writer(history, facts, transaction, step, value, key, table)
          guard let writer else { continue }
          readKeys.append(key)
          readWriters.append(writer)
        }
      }
    }
  }

  /// The transaction that a read of another's value read from; nil if there is no right one.
  private mutating func writer(
    _ history: History, _ facts: Facts, _ transaction: Int, _ step: Step, _ value: Value?,
    _ key: Int32, _ table: ValueTable
  ) -> Int32? {
    guard let value else { return TransactionTable.initially }
    let row = Int(rows[transaction])
    let found = table.find(key, value)
    guard found >= 0 else {
      if value == facts.initial { return TransactionTable.initially }
      add(history, "phantom-read", [row], "nobody wrote \(value) to \(history.name(of: step.key))")
      return nil
    }
    let record = table.records[found]
    if record.isAmbiguous || value == facts.initial {
      ambiguousReads += 1
      answers -= 1
      return nil
    }
    func what() -> String { "\(value) of \(history.name(of: step.key))" }
    if record.transaction < 0 {
      add(history, "G1a", [Int(record.row), row], "\(what()) was read, but its transaction failed")
    } else if record.transaction == transaction {
      add(history, "future-read", [row], "\(what()) was read before the same transaction wrote it")
    } else if record.isIntermediate {
      add(
        history, "G1b", [Int(record.row), row],
        "\(what()) was read, but its transaction overwrote it before it ended")
    } else {
      return record.transaction
    }
    return nil
  }

  private mutating func notOwn(_ history: History, _ row: Int, _ step: Step, _ own: Value) {
    let seen = step.shape == .scalar ? "\(step.value)" : "nothing"
    add(
      history, "internal", [row],
      "it read \(seen) from \(history.name(of: step.key)) after it had written \(own) there itself")
  }

  private mutating func add(
    _ history: History, _ name: String, _ rows: [Int], _ reason: String
  ) {
    findings.add(
      Anomaly(
        name: name, rows: rows, explanation: rows.map(history.transactionStory) + [reason]))
  }

  /// The keys that transactions wrote; those of transactions that did not happen are left out.
  private mutating func collectWrites(_ history: History, _ names: KeyNumbers) {
    var isRead = [Bool](repeating: false, count: rows.count)
    for writer in readWriters where writer >= 0 { isRead[Int(writer)] = true }
    var own: [Int32] = []
    for transaction in rows.indices {
      let row = Int(rows[transaction])
      if history.completions[row] == .ok || isRead[transaction] {
        own.removeAll(keepingCapacity: true)
        for step in history.transactionSteps(of: row) where step.function == .write {
          own.append(names[step.key])
        }
        if own.count > 1 { own.sort() }
        var last: Int32 = -1
        for key in own where key != last {
          writeKeys.append(key)
          last = key
        }
      }
      writeStarts.append(Int32(writeKeys.count))
    }
  }
}

/// Small numbers for the keys of a history.
struct KeyNumbers {
  private(set) var keys: [Key] = []
  private var dense: [Int32] = []
  private var low: Key = 0

  init(_ all: [Key]) {
    guard let least = all.min(), let most = all.max() else { return }
    low = least
    let width = Int(most) - Int(least) + 1
    guard width <= 4 * all.count + 1024 else {
      for key in all.sorted() where key != keys.last { keys.append(key) }
      return
    }
    dense = Array(repeating: -1, count: width)
    for key in all where dense[Int(key) - Int(low)] < 0 {
      dense[Int(key) - Int(low)] = Int32(keys.count)
      keys.append(key)
    }
  }

  subscript(key: Key) -> Int32 {
    dense.isEmpty ? Int32(firstIndex(in: keys, notBelow: key)) : dense[Int(key) - Int(low)]
  }
}

extension History {
  /// The steps of a transaction; a plain read or write is a transaction of one step.
  func transactionSteps(of row: Int) -> ArraySlice<Step> {
    if shapes[row] == .steps { return steps(of: row) }
    guard functions[row] == .read || functions[row] == .write else { return [] }
    return [
      Step(
        function: functions[row], key: keys[row], shape: shapes[row], value: values[row],
        extra: extras[row])
    ]
  }

  /// "process 3: read 1 from x, wrote 2 to y (row 7)".
  func transactionStory(_ row: Int) -> String {
    let all = transactionSteps(of: row)
    let deeds = all.prefix(8).map(deed)
    let rest = all.count > 8 ? " and \(count(all.count - 8, "more step"))" : ""
    let end = completions[row] == .fail ? ", failed" : completions[row] == .info ? ", unknown" : ""
    let text = deeds.joined(separator: ", ")
    return "process \(processes[row]): \(text)\(rest) (row \(row)\(end))"
  }

  private func count(_ number: Int, _ noun: String) -> String {
    "\(number) \(noun)\(number == 1 ? "" : "s")"
  }
}

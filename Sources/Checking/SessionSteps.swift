// What each session did to one register, in its order. A session is a process of the history: one
// client, one operation at a time.

import Histories

/// One acknowledged step of a session on one register.
struct SessionStep {
  var row: Int
  var isWrite: Bool
  /// The row of the write that it made or read; nil for a read of the initial value.
  var write: Int?
  /// Its place in the true order of writes, where that is known.
  var version: Version?
}

/// The steps of all sessions on one register.
struct SessionSteps {
  /// One array a session, in ascending order of processes.
  private(set) var sessions: [[SessionStep]] = []
  /// Reads whose value can not be told apart: written twice, or never, or siblings.
  private(set) var skipped = 0
  /// Whether some step's place in the true order is unknown.
  private(set) var lacksVersions = false

  init(_ history: History, _ rows: ArraySlice<Int32>, _ facts: Facts) {
    let index = WriteIndex(history, rows)
    let isUnique = index.isUnique && facts.initial.map { index.row(of: $0) == nil } ?? true
    let sorted = rows.sorted {
      (history.processes[Int($0)], $0) < (history.processes[Int($1)], $1)
    }
    var process: Int32?
    for row in sorted.lazy.map(Int.init) where history.completions[row] == .ok {
      if history.processes[row] != process {
        process = history.processes[row]
        sessions.append([])
      }
      guard let step = SessionSteps.step(history, row, index, isUnique, facts) else {
        skipped += 1
        continue
      }
      if step.version == nil { lacksVersions = true }
      sessions[sessions.count - 1].append(step)
    }
  }

  /// The last read of a write that a session had done before a step; nil if it had not read it.
  func read(of write: Int?, before row: Int) -> Int? {
    let session = sessions.first { $0.contains { $0.row == row } } ?? []
    let earlier = session.prefix { $0.row != row }
    return earlier.last { !$0.isWrite && $0.write != nil && $0.write == write }?.row
  }

  private static func step(
    _ history: History, _ row: Int, _ index: WriteIndex, _ isUnique: Bool, _ facts: Facts
  ) -> SessionStep? {
    let version = history.version(of: row)
    guard history.functions[row] == .read else {
      return isUnique || version != nil
        ? SessionStep(row: row, isWrite: true, write: row, version: version) : nil
    }
    switch history.seen(by: row) {
    case .nothing:
      return facts.emptyReadsSayNothing
        ? nil : SessionStep(row: row, isWrite: false, write: nil, version: version ?? .initial)
    case .value(let value) where value == facts.initial:
      return isUnique
        ? SessionStep(row: row, isWrite: false, write: nil, version: version ?? .initial) : nil
    case .value(let value):
      if isUnique, let write = index.row(of: value) {
        return SessionStep(
          row: row, isWrite: false, write: write, version: version ?? history.version(of: write))
      }
      return version.map { SessionStep(row: row, isWrite: false, write: nil, version: $0) }
    case .several:
      return version.map { SessionStep(row: row, isWrite: false, write: nil, version: $0) }
    }
  }
}

// A log that something else than the objects stands on. Whoever owns such a group logs records, which
// mean nothing to raft; every region hands them to the machine in the log's order, in the transaction
// that notes how far the log is carried out, and to the owner afterwards (Ongaro, "Consensus: Bridging
// Theory and Practice", section 2.1, replicated state machines). `commit-wait` has one for each shard.

import Histories
import Simulation

/// What a log is carried out on.
protocol RaftMachine: Sendable {
  /// All that it keeps: what snapshots are made of. Ordinals are those of the group's own store.
  var tables: [Table] { get }
  /// Carries out one record: what comes of it depends on the tables alone.
  func carryOut(_ record: Raft.Record, on store: any Store)
}

extension Raft {
  /// What a machine is told: a word of its own, a transaction, two numbers, and perhaps what a client
  /// asked, or rows to take over.
  public struct Record: Sendable, Hashable {
    public var kind: Int64
    public var id: Request.ID
    public var timestamp: Int64
    public var extra: Int64
    public var operation: Operation?
    /// Rows with their tables' numbers (`StateRows`), one after the other.
    public var rowsTaken: Row

    init(
      kind: Int64, id: Request.ID, timestamp: Int64, extra: Int64 = 0,
      operation: Operation? = nil, rowsTaken: Row = []
    ) {
      self.kind = kind
      self.id = id
      self.timestamp = timestamp
      self.extra = extra
      self.operation = operation
      self.rowsTaken = rowsTaken
    }

    /// Code, key, value and a second value, as operations have them.
    var rows: [Row] {
      [[Code.record.rawValue, kind, timestamp, extra]] + (operation?.rows ?? [])
        + stride(from: 0, to: rowsTaken.count, by: 3).map { start in
          let three = rowsTaken[start..<min(start + 3, rowsTaken.count)]
          return [Code.rows.rawValue] + three + Row(repeating: -1, count: 3 - three.count)
        }
    }

    /// Nil if the rows make none, as after damage.
    init?(_ id: Request.ID, rows: [Row]) {
      guard let head = rows.first else { return nil }
      self.init(kind: head[1], id: id, timestamp: head[2], extra: head[3])
      guard rows.count > 1 else { return }
      if rows[1].first == Code.rows.rawValue {
        rowsTaken = rows.dropFirst().flatMap { $0.dropFirst() }
        return
      }
      guard let operation = Operation(rows: Array(rows.dropFirst())) else { return nil }
      self.operation = operation
    }
  }
}

extension Raft.Member {
  /// The leader's number of its term, once it has carried out everything from before it: only then
  /// does it know what others logged.
  var readyTerm: Int64? {
    role == .leader && applied >= reign.opening ? term : nil
  }

  /// Whether it takes on new work; not while it hands over.
  var takesWork: Bool { readyTerm != nil && reign.successor == nil }
}

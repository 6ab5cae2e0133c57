// What the records of a shard's log do to its tables: the same in every region, whoever leads. The
// participant's and the coordinator's halves of two-phase commit are in here as far as they are durable
// (Corbett et al., "Spanner", section 4.2.1); who logs what when is in TwoPhaseCommit.swift.

import Histories
import Simulation

extension CommitWait {
  /// The words of a shard's log.
  enum Kind: Int64 {
    /// No later record has a timestamp up to this one: reads up to it may go ahead.
    case tick = 1
    /// A participant's promise: it keeps its locks until it hears from the coordinator; `extra` is
    /// the coordinator's shard.
    case prepare = 2
    /// A coordinator's decision, with its own part; timestamp 0: aborted, `extra` says why.
    case decide = 3
    /// A participant has heard the decision.
    case resolve = 4
    /// A tablet goes to the shard `extra`, comes from it with its rows, is gone for good: the record's
    /// number is the tablet's.
    case leave = 5
    case arrive = 6
    case clear = 7
  }

  /// Why a transaction was aborted.
  enum Reason: Int64 {
    case aborted = 0
    case conditionFailed = 1

    var refusal: Refusal { self == .aborted ? .aborted : .conditionFailed }
  }

  /// What came of a transaction.
  enum Verdict: Hashable {
    case committed(at: Int64)
    case aborted(Reason)
  }

  /// A transaction that a shard has promised to commit if its coordinator says so.
  struct Prepared {
    let id: Request.ID
    let timestamp: Int64
    let coordinator: Int
    let steps: [Operation]
  }

  struct Machine: RaftMachine {
    let shard: Int
    let tablets: Tablets
    var tables: [Table] { Tables.state }

    func carryOut(_ record: Raft.Record, on store: any Store) {
      let id = record.id
      switch Kind(rawValue: record.kind) {
      case .tick: Self.advance(to: record.timestamp, store)
      case .prepare:
        guard Self.verdict(on: id, store) == nil else { return }
        let rows = (record.operation ?? .transaction([])).rows
        for (step, row) in rows.enumerated() {
          store.put(
            Tables.prepared, [id.number, Int64(step)],
            [Int64(id.client), record.timestamp, record.extra] + row)
        }
        Self.advance(to: record.timestamp, store)
      case .decide:
        guard Self.verdict(on: id, store) == nil else { return }
        Self.settle(record, record.operation, store)
      case .resolve:
        guard let prepared = Self.prepared(id.number, store) else { return }
        for row in store.rows(Tables.prepared, prefix: [id.number]) {
          store.delete(Tables.prepared, [row[0], row[1]])
        }
        Self.settle(record, .transaction(prepared.steps), store)
      case .leave: leave(record, store)
      case .arrive: arrive(record, store)
      case .clear: clear(record, store)
      case nil: break
      }
    }

    private static func settle(
      _ record: Raft.Record, _ operation: Operation?, _ store: any Store
    ) {
      store.put(
        Tables.outcomes, [record.id.number],
        [record.timestamp, record.timestamp == 0 ? record.extra : 0])
      guard record.timestamp > 0 else { return }
      advance(to: record.timestamp, store)
      guard let operation else { return }
      // Its keys are locked since it was tried, so it comes to the same.
      var attempt = Attempt(store)
      guard attempt.perform(operation) != nil else { return }
      if attempt.changes.isEmpty { return }
      store.put(Tables.clock, [1], [max(record.timestamp, newestChange(store))])
      let version = Version(record.timestamp, 0)
      for (step, change) in attempt.changes.enumerated() {
        Objects.apply(change, version, to: store)
        store.put(
          Tables.versions, [change.key, -record.timestamp, -Int64(step)],
          [change.kind.rawValue, change.value])
      }
    }

    static func advance(to timestamp: Int64, _ store: any Store) {
      if timestamp > newest(store) { store.put(Tables.clock, [0], [timestamp]) }
    }

    /// The newest timestamp that the log has come to.
    static func newest(_ store: any Store) -> Int64 { store.get(Tables.clock, [0])?[0] ?? 0 }

    /// The newest timestamp of a transaction that changed anything.
    static func newestChange(_ store: any Store) -> Int64 {
      store.get(Tables.clock, [1])?[0] ?? 0
    }

    static func verdict(on id: Request.ID, _ store: any Store) -> Verdict? {
      guard let row = store.get(Tables.outcomes, [id.number]) else { return nil }
      return row[0] > 0
        ? .committed(at: row[0]) : .aborted(Reason(rawValue: row[1]) ?? .aborted)
    }

    static func prepared(_ number: Int64, _ store: any Store) -> Prepared? {
      let rows = store.rows(Tables.prepared, prefix: [number])
      guard let first = rows.first,
        case .transaction(let steps) = Operation(rows: rows.map { Array($0[5...]) })
      else { return nil }
      return Prepared(
        id: Request.ID(number: number, client: UInt32(truncatingIfNeeded: first[2])),
        timestamp: first[3], coordinator: Int(first[4]), steps: steps)
    }

    /// All that are prepared, oldest request first.
    static func prepared(_ store: any Store) -> [Prepared] {
      store.rows(Tables.prepared).filter { $0[1] == 0 }.compactMap { prepared($0[0], store) }
    }

    /// t_safe: nothing will ever change up to here. The log only goes on above its newest timestamp,
    /// and who is prepared commits no earlier than it said (section 4.1.3).
    static func safeTime(_ store: any Store) -> Int64 {
      let prepared = store.rows(Tables.prepared).filter { $0[1] == 0 }.map { $0[3] }.min()
      return min(newest(store), (prepared ?? .max) - 1)
    }
  }
}

extension CommitWait.Machine {
  /// Whether a transaction on a key is prepared that may commit at or before a timestamp.
  static func isPrepared(_ key: Key, through timestamp: Int64, _ store: any Store) -> Bool {
    store.rows(CommitWait.Tables.prepared).contains { $0[6] == Int64(key) && $0[3] <= timestamp }
  }
}

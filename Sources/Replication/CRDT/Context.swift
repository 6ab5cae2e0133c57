// What a region knows of its own past, durably: how many updates of each region it includes, the largest
// timestamp it has heard of, how often its state has changed, and each client's last update.
//
// It is written in the transaction that changes the state, so that neither is ever there without the
// other; from it a region that comes back after a crash knows which numbers it has used.

import Simulation

extension CRDT {
  /// Who writes down how many updates of each region are included.
  protocol Ledger: Sendable {
    /// Notes it at `region`, in the batch's transaction.
    func note(
      _ origin: Region.ID, _ columns: Row, at region: Region.ID, in table: Table, _ store: any Store
    )
  }

  /// Writes what it is told.
  struct DurableLedger: Ledger {
    func note(
      _ origin: Region.ID, _ columns: Row, at region: Region.ID, in table: Table, _ store: any Store
    ) {
      store.put(table, [Int64(origin.raw)], columns)
    }
  }

  /// The tables of what a region remembers besides its rows and its log.
  struct Context: Sendable {
    /// How many updates of each region are included; with each, the clock and the number of changes at
    /// the time. Of both the greatest is the latest.
    let included: Table
    /// The last update of each client.
    let requests: Table
    private let ledger: any Ledger

    init(_ ordinal: Int, _ ledger: any Ledger) {
      included = Table(
        ordinal, "context", key: ["origin"], columns: ["sequence", "wall", "logical", "changes"])
      requests = Table(ordinal + 1, "requests", key: ["client"], columns: ["number"])
      self.ledger = ledger
    }

    var tables: [Table] { [included, requests] }

    /// What was noted last.
    func load(in store: any Store) -> (
      included: VersionVector, latest: HybridClock.Timestamp?, changes: Int64
    ) {
      var vector = VersionVector()
      var latest: HybridClock.Timestamp?
      var changes: Int64 = 0
      for row in store.rows(included) {
        vector[Region.ID(Int(row[0]))] = row[1]
        let timestamp = HybridClock.Timestamp(wall: row[2], logical: row[3])
        latest = latest.map { max($0, timestamp) } ?? timestamp
        changes = max(changes, row[4])
      }
      return (vector, latest, changes)
    }

    func note(
      _ origin: Region.ID, _ sequence: Int64, _ latest: HybridClock.Timestamp?, changes: Int64,
      at region: Region.ID, in store: any Store
    ) {
      let columns: Row = [sequence, latest?.wall ?? .min, latest?.logical ?? 0, changes]
      ledger.note(origin, columns, at: region, in: included, store)
    }

    /// Notes a client's update; false if it, or a later one of that client, was noted before.
    func isNew(_ request: Request.ID, in store: any Store) -> Bool {
      let client = [Int64(request.client)]
      if let last = store.get(requests, client), last[0] >= request.number { return false }
      store.put(requests, client, [request.number])
      return true
    }
  }
}

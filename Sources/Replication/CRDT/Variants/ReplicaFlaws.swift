// Replicas that are wrong on purpose: about who they are, what they have said, and whose data counts.

import Histories
import Simulation

extension CRDT {
  /// Each region numbers the regions in the order in which it meets them, and meets itself first: all add
  /// to the same row of a counter, of which a join keeps the greatest (nurl issue 169).
  struct SharedReplicaIDs: ReplicatedType {
    let right: PNCounter

    var tables: [Table] { right.tables }

    func effect(_ entry: Entry, on rows: inout Rows) -> Bool {
      right.add(entry.value, to: [Int64(entry.key), 0], on: &rows)
      return false
    }

    func join(_ table: Table, _ mine: Row, _ theirs: Row) -> Row {
      right.join(table, mine, theirs)
    }

    func read(_ key: Key, in store: any Store) -> (Answer, Version?) {
      right.read(key, in: store)
    }
  }

  /// How many updates a region has made itself is in memory alone: after a crash it numbers from the
  /// beginning again, and others take what is new for what they have had (the dots of rust-crdt's
  /// quickcheck log).
  struct VolatileDots: Ledger {
    func note(
      _ origin: Region.ID, _ columns: Row, at region: Region.ID, in table: Table, _ store: any Store
    ) {
      guard origin != region else { return }
      DurableLedger().note(origin, columns, at: region, in: table, store)
    }
  }

  /// Which delivered updates a region publishes as its own.
  protocol Capture: Sendable {
    func publishes(_ entry: Entry, delivered region: Region.ID) -> Bool
  }

  /// None: what comes from others is theirs to publish.
  struct OwnUpdates: Capture {
    func publishes(_ entry: Entry, delivered region: Region.ID) -> Bool { false }
  }

  /// Change capture without a filter on the origin: what replication writes is captured like what
  /// clients write, and goes back where it came from, for ever.
  struct Echo: Capture {
    func publishes(_ entry: Entry, delivered region: Region.ID) -> Bool { true }
  }

  /// After a split the smaller side drops what it has and takes over what the bigger one has (the
  /// default merge of Hazelcast 3.8: Kingsbury, "Jepsen: Hazelcast 3.8.3").
  struct BiggerSideWins: MergePolicy {
    let patience: Duration
    private var heard: [Instant] = []
    /// Until when a peer that has come back counts as a stranger.
    private var strangers: [Instant] = []

    init(patience: Duration) { self.patience = patience }

    mutating func receive(
      from peer: Region.ID, by region: Region.ID, at now: Instant, in topology: Topology
    ) -> Reception {
      if heard.isEmpty {
        heard = Array(repeating: now, count: topology.count)
        strangers = Array(repeating: .zero, count: topology.count)
      }
      let mine = topology.ids.count {
        $0 == region || $0 != peer && now - heard[$0.index] < patience
      }
      let wasAway = now - heard[peer.index] >= patience
      heard[peer.index] = now
      if wasAway {
        strangers[peer.index] = now + patience
        if 2 * mine < topology.count { return .adopt }
      }
      return now < strangers[peer.index] && 2 * mine >= topology.count ? .ignore : .join
    }
  }
}

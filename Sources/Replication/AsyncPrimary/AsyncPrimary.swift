// One region writes, the others follow its log: PostgreSQL streaming replication, MySQL source and
// replica, managed databases with a primary region and failover groups.
//
// | message    | from, when                                  | durable before it is sent         |
// |------------|---------------------------------------------|-----------------------------------|
// | append     | primary: new entries; every `heartbeat`     | the entries, its epoch            |
// | appended   | follower: log equal up to a position        | these entries, the epoch          |
// | mismatch   | follower: lacks what the entries follow on  | the epoch                         |
// | stale      | anyone: that epoch is over                  | the newer epoch                   |
// | ask        | candidate: poll, then vote                  | vote: its promise of the epoch    |
// | granted    | voter: would vote / votes                   | vote: its promise of the epoch    |
// | refused    | voter                                       |                                   |
// | forward    | a region not primary: a client's request    | that it took the request in       |
// | answer     | primary to the forwarder, which relays      | what the answer says              |
//
// A write is refused or logged once: each region notes the number of every writing request before
// it executes, forwards or refuses it, and ignores a second copy, also after a crash. A forward
// goes one hop; who gets it and does not serve refuses.
//
// THE LOG. Entries have a place (epoch, position). An epoch belongs to the region it is congruent
// to (epoch mod regions), and opens with an empty entry of its own. A follower takes entries that
// follow on a place it holds, undoes its own where they differ, and acknowledges the prefix
// (Ongaro, "Consensus: Bridging Theory and Practice", section 3.5). A primary that (re)starts an
// epoch so overrides whatever suffix followers may have (section 6.4 asks for the same entry).
//
// ACKNOWLEDGED, by `acknowledge`, is what the primary has synced (local), what one other region
// has (one), or all have (all; one and all mean all there are, if there are fewer). Writes are
// answered then; reads when the newest entry they saw is. After a change of epoch nothing counts
// before the opening entry of the new epoch is acknowledged: an entry of an older epoch that is
// merely widely held can still be undone by a region with a later epoch in its log (Ongaro,
// section 3.6.2, figure 3.7); under an opening entry of this epoch it cannot, since who lacks that
// entry loses elections against those that have it.
//
// FAILOVER with `fencing`. Who hears no primary for `lease` polls; if a majority would vote it
// asks for votes, in its next epoch. Granted once per epoch, and only to a log not behind the
// voter's. A voter does not vote against a primary it has heard within `lease` and 1 % by its own
// clock, nor within that time after it started (it may have forgotten whom it heard). The primary
// serves while a majority, itself included, has answered appends that it SENT within `lease` by
// its own clock (Gray and Cheriton, "Leases", section 2; Ongaro, section 6.4.1). ASSUMPTION: two
// clocks never differ by more than 1 % in speed; they need not agree on the time. The majority of
// 2 regions is 2: there neither survives alone. `manual`: only a region that was ordered to, or
// was the last primary, stands. An ordered region whose primary is healthy takes over from it: the
// primary serves no more requests, lets it catch up, and resigns. `automatic` obeys orders too.
//
// FAILOVER without `fencing`: who misses the primary for `lease`, or is ordered to, is the primary
// at once, in an epoch of its own; the old one serves until it hears of it. The higher epoch wins,
// what the other wrote meanwhile is undone: the split brain of MySQL or PostgreSQL failover
// scripts without STONITH. FAILOVER none: the configured region, for ever; orders are not obeyed.
//
// | promises, if every sync is honoured      | reads: primary | reads: local                     |
// |------------------------------------------|----------------|----------------------------------|
// | failover none, any `acknowledge`         | everything     | 1, 2, 3, set, monotonic reads,   |
// |                                          |                | writes follow reads              |
// | fencing, copies + majority > regions     | everything     | 1, 2, 3                          |
// | fencing, fewer copies                    | 1              | 1                                |
// | no fencing                               | 1              | 1                                |
//
// 1: converged. 2: no-lost-writes, counter, bank. 3: monotonic writes. Copies: the primary's and
// those `acknowledge` waits for. Why: the disk of the one primary forgets nothing (row 1). A
// voting majority then has a region with every acknowledged entry, which votes for no log without
// it; so by induction over epochs every later primary has it (row 2; with 3 regions `one` is
// enough, with 2 even `local`, since the old primary has to vote too). Reads at the primary see,
// by the lease, every acknowledged entry, and show nothing that is not.
//
// Local reads may be old, so never read-your-writes (a forwarded write comes back later than its
// answer). They show entries before these are acknowledged; with failover those can be undone,
// hence neither monotonic reads, writes-follow-reads nor set. All session guarantees: of clients
// that stay at one region.
//
// WHAT IT LOSES: row 3, what the old primary acknowledged and no voter had; row 4, what either
// side of the split wrote at the lower epoch. With `durability: before-sync`, anything; without
// fencing then even converged, as a primary that forgot its last entries writes others at the same
// places. Reading: PostgreSQL documentation, "High Availability, Load Balancing, and Replication"
// (synchronous_commit, timelines); MySQL Reference Manual, "Semisynchronous Replication".

import Histories
import Simulation

/// One writing region, the others follow its log.
public struct AsyncPrimary: Strategy {
  public static let name = "async-primary"
  public static let summary = "one region writes, the others follow its log; failover by lease"

  /// How many other regions hold a write before its client hears ok.
  public enum Acknowledge: String, Sendable, CaseIterable { case local, one, all }
  /// Who answers reads.
  public enum Reads: String, Sendable, CaseIterable { case primary, local }
  /// Who may take over.
  public enum Failover: String, Sendable, CaseIterable { case none, manual, automatic }

  public let primary: Region.ID
  public let acknowledge: Acknowledge
  public let reads: Reads
  public let failover: Failover
  public let lease: Duration
  public let fencing: Bool
  public let heartbeat: Duration
  public let batch: Int

  public init(_ options: inout Options) {
    primary = options.region(
      "primary", default: Region.ID(0), "the region that takes writes at the beginning")
    acknowledge = options.choice(
      "acknowledge", default: .local,
      "how many other regions hold a write before its client hears ok: none, one or all")
    reads = options.choice(
      "reads", default: .primary,
      "who answers reads: the primary, or the client's own region, possibly with old values")
    failover = options.choice(
      "failover", default: .none,
      "who takes over from a primary: nobody, a region an operator promotes, or any that misses it")
    lease = options.duration(
      "lease", default: .seconds(3), in: .milliseconds(2)...Duration.seconds(3_600),
      "how long a primary serves, and followers wait, without hearing from each other")
    fencing = options.flag(
      "fencing", default: true,
      "whether a new primary needs a majority's votes and an old one its lease; false: split brain")
    heartbeat = options.duration(
      "heartbeat", default: .milliseconds(500), in: .milliseconds(1)...Duration.seconds(600),
      "how often a primary sends when there is nothing to send, and retransmits")
    batch = options.integer(
      "batch", default: 100, in: 1...100_000, "the most log rows in one append")
    if lease < heartbeat * 2 {
      options.reject("lease", "lease: \(lease) is less than two heartbeats of \(heartbeat)")
    }
  }

  public func schema(in topology: Topology) -> Schema { Tables.schema }

  public func promises(in topology: Topology) -> Set<Guarantee> {
    guard failover == .none || (fencing && copiesOutvote(topology)) else { return [.converged] }
    if reads == .primary {
      return Guarantee.ofOneCopy
    }
    let always: Set<Guarantee> = [.converged, .noLostWrites, .counter, .bank, .monotonicWrites]
    return failover == .none
      ? always.union([.monotonicReads, .writesFollowReads, .set]) : always
  }

  public func supports(_ operation: Operation) -> Bool { operation.isFlat }

  public func makeReplica(for region: Region.ID, in topology: Topology) -> Member {
    Member(self, region, topology)
  }

  /// How many other regions must hold an entry before it counts as acknowledged.
  func othersNeeded(_ topology: Topology) -> Int {
    switch acknowledge {
    case .local: 0
    case .one: min(1, topology.count - 1)
    case .all: topology.count - 1
    }
  }

  /// Whether every majority has a region that holds what was acknowledged.
  private func copiesOutvote(_ topology: Topology) -> Bool {
    1 + othersNeeded(topology) + topology.majority > topology.count
  }
}

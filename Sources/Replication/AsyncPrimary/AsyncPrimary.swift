// One region writes, the others follow its log: PostgreSQL streaming replication, MySQL source and
// replica, managed databases with a primary region and failover groups (Aurora Global Database, Azure
// SQL, Cosmos DB with one write region). What holds under which options: AsyncPrimaryPromises.swift.
//
// | message      | from, when                                  | durable before it is sent         |
// |--------------|---------------------------------------------|-----------------------------------|
// | append       | primary: new entries; every `heartbeat`     | the entries, its epoch            |
// | appended     | follower: log equal up to a position        | these entries, the epoch          |
// | mismatch     | follower: lacks what the entries follow on  | the epoch                         |
// | state        | primary: a piece of the state, for one who  |                                   |
// |              | needs entries that are dropped              |                                   |
// | stateTaken   | follower: has that piece                    | the last one: the whole state     |
// | stale        | anyone: that epoch is over                  | the newer epoch                   |
// | ask          | candidate: poll, then vote                  | vote: its promise of the epoch    |
// | granted      | voter: would vote / votes / has resigned    | vote: its promise of the epoch    |
// | refused      | voter                                       |                                   |
// | forward      | a region not primary: a client's request    | that it took the request in       |
// | answer       | primary to the forwarder, which relays      | what the answer says              |
// | askPosition  | a region: for a read that must miss nothing |                                   |
// | position     | primary: a read from here on misses nothing |                                   |
// | reapply      | a region that undid entries: take them back |                                   |
// | reapplied    | primary: acknowledged anew, or in conflict  | these entries                     |
//
// HOMES. With `home: one` there is one log, and `primary` names who writes it first. With `home:
// per-key` key k is at home in region k mod regions: each home has a log of its own in every region,
// with a primary and a failover of its own. A request is about keys of one home; transactions over
// several homes are not offered, and clients do their steps one after another.
//
// A write is refused or logged once: each region notes the number of the newest writing request of
// each client before it executes, forwards or refuses it, and ignores what is not newer, also after a
// crash. A forward goes one hop; who gets it and does not serve refuses. With `forwarding: false`
// only the primary takes writes.
//
// THE LOG. Entries have a place (epoch, position). An epoch belongs to the region it is congruent
// to (epoch mod regions), and opens with an empty entry of its own. A follower takes entries that
// follow on a place it holds, undoes its own where they differ, and acknowledges the prefix
// (Ongaro, "Consensus: Bridging Theory and Practice", section 3.5). A primary that (re)starts an
// epoch so overrides whatever suffix followers may have (section 6.4 asks for the same entry). A region
// keeps the last `retain` acknowledged entries, up to twice as many; who needs older ones gets the
// state as of the last acknowledged entry (chapter 5).
//
// ACKNOWLEDGED, by `acknowledge`, is what the primary has synced (local), what one other region
// has (one), or k others (k), a majority with the primary (majority), or all. Writes are
// answered then; reads when the newest entry they saw is. After a change of epoch nothing counts
// before the opening entry of the new epoch is acknowledged: an entry of an older epoch that is
// merely widely held can still be undone by a region with a later epoch in its log (Ongaro,
// section 3.6.2, figure 3.7); under an opening entry of this epoch it cannot, since who lacks that
// entry loses elections against those that have it. With `fallback` a primary that has waited for so long
// without an acknowledgement goes on alone, as with `local`, until enough others have all it has again
// (MySQL's semi-synchronous replication; its rpl_semi_sync_source_timeout is 10 s by default).
//
// READS, by `reads`; a region shows what it has (`shows: applied`) or what it knows to be
// acknowledged (`shows: acknowledged`), in either case one moment of the whole database:
//   primary  the primary, which is asked.
//   local    the client's region, whatever it has (Aurora: eventual).
//   session  the client's region, once it has what the client wrote through it (Aurora: session).
//   global   the client's region, once it has what the primary had when the read came (Aurora: global).
//   bounded  the client's region if it lags by no more than `max-age`, else as global. To keep the lag
//            below `max-age` and `max-lag` operations, the primary refuses writes while some region is
//            further behind (Cosmos DB, "bounded staleness").
//
// FAILOVER with `fencing`. Who hears no primary for `lease` polls; if a majority would vote it
// asks for votes, in its next epoch. Granted once per epoch, and only to a log not behind the
// voter's. A voter does not vote against a primary it has heard within `lease` and 1 % by its own
// clock, nor within that time after it started (it may have forgotten whom it heard). The primary
// serves while a majority, itself included, has answered appends that it SENT within `lease` by
// its own clock (Gray and Cheriton, "Leases", section 2; Ongaro, section 6.4.1). ASSUMPTION: two
// clocks never differ by more than 1 % in speed; they need not agree on the time. The majority of
// 2 regions is 2: there neither survives alone. `manual`: only a region that was ordered to, or
// was the last primary, stands.
//
// FAILOVER without `fencing`: who misses the primary for `lease`, or is ordered to, is the primary
// at once, in an epoch of its own; the old one serves until it hears of it. The higher epoch wins,
// what the other wrote meanwhile is undone: the split brain of MySQL or PostgreSQL failover
// scripts without STONITH. FAILOVER none: the configured region, for ever; orders are not obeyed.
//
// ORDERS, obeyed by `automatic` and `manual`. `switch-over`, planned: the primary serves no more
// requests, lets the ordered region catch up, and resigns; without it nothing happens. `promote`:
// with fencing the same, or by votes if there is no primary; without, at once. `fail-over`, forced:
// at once, whatever the others think or have. What only the old primary had is then lost.
//
// FAILBACK. A region that undoes entries drops them (`failback: discard`), puts them aside for an
// operator (set-aside; MongoDB's rollback files), or has the primary write them again
// (reapply): each entry once, if every register that it changed still has the value that it replaced.
// What has not is in conflict, and put aside.
//
// Reading: PostgreSQL documentation, "High Availability, Load Balancing, and Replication"
// (synchronous_commit, timelines); MySQL Reference Manual, "Semisynchronous Replication"; Amazon Aurora
// User Guide, "Using write forwarding in an Aurora global database"; Azure Cosmos DB documentation,
// "Consistency levels"; MongoDB Manual, "Rollbacks During Replica Set Failover".

import Histories
import Simulation

/// One writing region, the others follow its log.
public struct AsyncPrimary: Strategy {
  public static let name = "async-primary"
  public static let summary = "one region writes, the others follow its log; failover by lease"

  /// Whether one region writes everything, or each its share of the keys.
  public enum Home: String, Sendable, CaseIterable {
    case one
    case perKey = "per-key"
  }
  /// Who answers reads, and what it waits for.
  public enum Reads: String, Sendable, CaseIterable {
    case primary, local, session, global, bounded
  }
  /// What reads at a region show.
  public enum Shows: String, Sendable, CaseIterable { case applied, acknowledged }
  /// Who may take over.
  public enum Failover: String, Sendable, CaseIterable { case none, manual, automatic }
  /// What becomes of entries that the primary does not have.
  public enum Failback: String, Sendable, CaseIterable {
    case discard, reapply
    case setAside = "set-aside"
  }

  public let home: Home
  public let primary: Region.ID
  /// How many other regions hold a write before its client hears ok.
  public let copies: Int
  /// How long it waits for them before it goes on without; nil: for ever.
  public let fallback: Duration?
  public let reads: Reads
  public let shows: Shows
  public let forwarding: Bool
  public let maxAge: Duration
  public let maxLag: Int
  public let failover: Failover
  public let failback: Failback
  public let lease: Duration
  public let fencing: Bool
  public let heartbeat: Duration
  public let batch: Int
  public let retain: Int
  public let variant: Variant
  /// How many logs there are.
  let homes: Int

  public init(_ options: inout Options) {
    home = options.choice(
      "home", default: .one, "whether one region writes everything, or each its share of the keys")
    homes = home == .one ? 1 : max(1, options.topology.count)
    primary = options.region(
      "primary", default: Region.ID(0), "the region that takes writes at the beginning")
    copies = Self.copies(&options)
    let fallback = options.duration(
      "fallback", default: .seconds(10), in: .milliseconds(1)...Duration.seconds(86_400),
      "after how long without an acknowledgement that it waits for a primary goes on alone, until"
        + " others have caught up; otherwise never")
    self.fallback = options.has("fallback") ? fallback : nil
    reads = options.choice(
      "reads", default: .primary,
      "who answers reads: the primary; or the client's own region: at once, when it has what the"
        + " client wrote, when it has what the primary has, or if it is not too far behind")
    shows = options.choice(
      "shows", default: .applied,
      "what a region shows to reads: all that it has, or what it knows to be acknowledged")
    forwarding = options.flag(
      "forwarding", default: true, "whether a region passes writes on to the primary")
    maxAge = options.duration(
      "max-age", default: .seconds(5), in: .milliseconds(1)...Duration.seconds(86_400),
      "reads: bounded: how old what a region shows may be")
    maxLag = options.integer(
      "max-lag", default: 100_000, in: 1...1_000_000_000,
      "reads: bounded: how many writes a region may be behind")
    failover = options.choice(
      "failover", default: .none,
      "who takes over from a primary: nobody, a region an operator promotes, or any that misses it")
    failback = options.choice(
      "failback", default: .discard,
      "what a region does with entries that the primary lacks: drops them, has them written again,"
        + " or puts them aside")
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
    retain = options.integer(
      "retain", default: 1_000, in: 1...10_000_000,
      "how many acknowledged entries a region keeps; up to twice as many")
    variant = options.choice(
      "variant", default: .sound, "the strategy, or a known bug that somebody made of it")
    if lease < heartbeat * 2 {
      options.reject("lease", "lease: \(lease) is less than two heartbeats of \(heartbeat)")
    }
    if copies == 0, options.topology.count > 1, options.has("fallback") {
      options.reject("fallback", "fallback means nothing with acknowledge: local")
    }
    if home == .perKey, options.has("primary") {
      options.reject("primary", "primary means nothing with home: per-key")
    }
    for name in ["max-age", "max-lag"] where options.has(name) && reads != .bounded {
      options.reject(name, "\(name) means nothing without reads: bounded")
    }
  }

  /// Reads `acknowledge`.
  private static func copies(_ options: inout Options) -> Int {
    let others = max(0, options.topology.count - 1)
    let words = [
      ("local", 0), ("one", min(1, others)), ("majority", options.topology.count / 2),
      ("all", others),
    ]
    let about =
      "how many other regions hold a write before its client hears ok; default local: none"
    guard
      let setting = options.setting(
        "acknowledge", "local, one, majority, all, or a number of other regions", about)
    else { return 0 }
    guard case .scalar(let text, _) = setting.content else {
      options.reject("acknowledge", "acknowledge: expected one value, found \(setting.kind)")
      return 0
    }
    if let word = words.first(where: { $0.0 == text }) { return word.1 }
    guard let count = Int(text) else {
      options.reject(
        "acknowledge", unknownName(text, "value of acknowledge", among: words.map(\.0)))
      return 0
    }
    if count < 0 || count > others {
      options.reject("acknowledge", "acknowledge: \(count): there are \(others) other regions")
    }
    return min(max(0, count), others)
  }

  public func schema(in topology: Topology) -> Schema { Tables.schema }

  public func supports(_ operation: Operation) -> Bool {
    operation.isFlat && home(of: operation, orIfAny: 0) != nil
  }

  public func makeReplica(for region: Region.ID, in topology: Topology) -> Member {
    Member(self, region, topology)
  }

  /// Where a key is at home.
  func home(of key: Int64) -> Int { Int(key.magnitude % UInt64(homes)) }

  /// The one home of all keys of an operation; `any` if it has none, nil if there are several.
  func home(of operation: Operation, orIfAny any: Int) -> Int? {
    let keys = operation.keys
    guard let first = keys.first else { return any }
    let home = home(of: Int64(first))
    return keys.allSatisfy { self.home(of: Int64($0)) == home } ? home : nil
  }

  /// Who is the first primary of a home.
  func firstPrimary(of home: Int) -> Region.ID { self.home == .one ? primary : Region.ID(home) }
}

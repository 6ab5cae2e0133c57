// Raft: one leader at a time orders everything in a log that a majority of the regions keeps.
// Diego Ongaro, "Consensus: Bridging Theory and Practice" (2014), section by section; the numbers in
// this folder are its. As etcd, Consul, CockroachDB, TiDB, YugabyteDB and MongoDB build on it.
//
// | message         | from, when                                      | durable before it is sent       |
// |-----------------|-------------------------------------------------|---------------------------------|
// | append          | leader: new entries; every `heartbeat`; 3.5     | the entries, its term           |
// | appended        | follower: log equal up to an index              | these entries, the term         |
// | mismatch        | follower: lacks what the entries follow on      | the term                        |
// | stale           | anyone: that term is over                       | the newer term                  |
// | requestVote     | candidate: pre-vote (9.6), then vote (3.4)      | vote: its new term, own vote    |
// | vote            | voter                                           | the term, whom it voted for     |
// | timeoutNow      | leader: the successor has the whole log (3.10)  |                                 |
// | installSnapshot | leader: the entries are gone (5)                |                                 |
// | installed       | follower: took a piece                          | the last one: the whole state   |
// | propose         | a region: a write of one of its clients (6.2)   |                                 |
// | certify         | a region: a transaction ran (`certification`)   |                                 |
// | askReadIndex    | a region: a read of one of its clients (6.4)    |                                 |
// | readIndex       | leader: still leads, and this is committed      |                                 |
// | notLeader       | not the leader, or about to hand over           |                                 |
// | askLeadership   | a region that an operator wants to lead (3.10)  |                                 |
// | change          | a region that an operator told of a change (4)  |                                 |
//
// THE LOG holds what clients asked. An entry is committed once a majority of the members holds it,
// if it is of the leader's own term (3.6.2, figure 3.7); every leader opens its term with an empty
// entry, to know soon what is. Then every region carries it out: conditions and transactions are
// decided there and then, the same everywhere. What it came to and the index up to which entries are
// carried out are one transaction of the region's database. A region answers its own clients when it
// has carried out their entry, so a client reads its writes wherever reads go.
//
// ONCE (6.3): the state holds the number of the newest write of each client, and passes over entries
// with one that is not newer; so a region may ask again when an answer is overdue. With `deduplicate:
// false` a request that was asked twice may happen twice, as where a client library retries blindly.
//
// READS, by `reads`:
//   log      as writes.
//   index    6.4: the leader notes its commit index, has a majority confirm that it still leads, and the
//            client's region answers once it has got that far. No clock is trusted: the stamps of
//            messages only say which were sent after the read came in.
//   lease    6.4.1: confirmed by what a majority answered within `election-timeout`, by the leader's own
//            clock. Members that heard a leader do not vote for that long and 1 %, nor within that time
//            after they start. ASSUMPTION: no two clocks differ by more than 1 % in speed. A leader
//            that told a successor to stand has no lease any more.
//   leader   whoever takes itself for the leader answers (Consul's default; etcd's lease by ticks): old
//            values from one that was deposed and has not heard of it.
//   local    the client's region answers from what it has carried out (etcd's serializable reads, Consul's
//            stale).
//
// | promises, if every sync is honoured | reads: log, index, lease | reads: leader, local            |
// |-------------------------------------|--------------------------|---------------------------------|
// | deduplicate: true                   | everything               | everything but 1                |
// | deduplicate: false                  | converged                | converged                       |
//
// 1: what asks for the newest state: linearizable, strict serializable, counters read in bounds.
// Everything: of what a database can promise; an application can still use it wrongly. A `variant`
// promises nothing.
//
// Reads of one's own region never go back, as what is carried out is never undone: all session
// guarantees, of clients that stay at one region, hold even for local reads. They show some past
// moment of the whole database.
//
// LEADERSHIP: `check-quorum` makes a leader step down that a majority does not answer, and members deaf
// to candidates while they hear a leader (6.2, 4.2.3); `pre-vote` keeps a region that comes back from
// deposing one (9.6). `preferred` names the region that is to lead: whoever leads instead hands over
// to it when it is up to date (3.10). An operator's `promote` does the same once.
//
// MEMBERS (4): operators add and remove one at a time; RaftMembership.swift. SNAPSHOTS (5): a region
// keeps the last `retain` entries that it has carried out; who needs older ones gets the state;
// RaftSnapshots.swift.
//
// DISKS THAT GO BAD: a region that comes back with an empty disk is told so, and is no member until it has
// everything again; RaftRebuilding.swift. With `rebuild-before-voting: false` it is one at once.
//
// WHAT IT LOSES: nothing that was acknowledged, while disks keep what they synced, but for one region's at
// a time. A minority without
// the others serves neither writes nor reads (but local ones). With `durability: before-sync`, anything
// that fewer disks than a majority kept.

import Histories
import Simulation

/// A replicated log with elected leaders.
public struct Raft: Strategy {
  public static let name = "raft"
  public static let summary = "an elected leader orders everything in a log that a majority keeps"

  /// What a read has to wait for.
  public enum Reads: String, Sendable, CaseIterable { case log, index, lease, leader, local }

  public let reads: Reads
  public let heartbeat: Duration
  public let electionTimeout: Duration
  public let preVote: Bool
  public let checkQuorum: Bool
  public let deduplicate: Bool
  /// Where the leader should be; nil: anywhere.
  public private(set) var preferred: Region.ID?
  public let requestTimeout: Duration
  public let batch: Int
  public let snapshotRows: Int
  public let retain: Int
  /// Whether a region that has lost its disk is no member until it has everything again.
  public let rebuildsBeforeVoting: Bool
  /// Who votes at the beginning.
  let members: Members
  public let variant: Variant
  let rules: any RaftRules
  /// Transactions run ahead at their clients' regions and are certified in the log's order, as the
  /// strategy `certification` has it; nil: they run in that order.
  let certifies: Certifies?
  /// What the log is carried out on; nil: the objects, by what clients asked.
  private(set) var machine: (any RaftMachine)?

  /// Before anything.
  static let longAgo = Instant(nanoseconds: .min / 2)

  public init(_ options: inout Options) {
    let reads = options.choice(
      "reads", default: Reads.index,
      "what a read waits for: its place in the log, word that the leader leads, its lease, the"
        + " leader, nothing")
    self.init(&options, reads: reads, certifies: nil)
  }

  /// Reads all other options; of a group of several without those that it has no use for.
  init(
    _ options: inout Options, reads: Reads, certifies: Certifies?, isGroup: Bool = false
  ) {
    self.reads = reads
    self.certifies = certifies
    machine = nil
    heartbeat = options.duration(
      "heartbeat", default: .milliseconds(100), in: .milliseconds(1)...Duration.seconds(600),
      "how often a leader sends when there is nothing to send, and retransmits")
    electionTimeout = options.duration(
      "election-timeout", default: .seconds(1), in: .milliseconds(2)...Duration.seconds(3_600),
      "how long members wait for a leader, at least; twice that at most")
    preVote = options.flag(
      "pre-vote", default: true, "whether a candidate first asks whether it would be elected")
    checkQuorum = options.flag(
      "check-quorum", default: true,
      "whether a leader without a majority steps down, and members with a leader elect no other")
    deduplicate =
      isGroup
      || options.flag(
        "deduplicate", default: true, "whether a write that was asked for twice happens once")
    preferred = isGroup ? nil : Self.preferred(&options)
    members = Self.members(&options)
    requestTimeout = options.duration(
      "request-timeout", default: .seconds(5), in: .milliseconds(1)...Duration.seconds(3_600),
      "how long a region tries to have a client's request served")
    batch = options.integer(
      "batch", default: 100, in: 1...100_000,
      "the most rows of the log in one message")
    snapshotRows = options.integer(
      "snapshot-rows", default: 1_000, in: 1...1_000_000,
      "the most rows of a snapshot in one message; one is under way at a time")
    retain = options.integer(
      "retain", default: 1_000, in: 1...10_000_000,
      "how many entries a region keeps that it has carried out; up to twice as many")
    rebuildsBeforeVoting =
      isGroup
      || options.flag(
        "rebuild-before-voting", default: true,
        "whether a region that lost its disk votes and counts only once it has everything again")
    variant =
      isGroup
      ? .sound
      : options.choice(
        "variant", default: .sound, "the algorithm, or a known bug that somebody made of it")
    rules = variant.rules
    if electionTimeout < heartbeat * 2 {
      options.reject(
        "election-timeout",
        "election-timeout: \(electionTimeout) is less than two heartbeats of \(heartbeat)")
    }
    if reads == .lease, !checkQuorum {
      options.reject(
        "reads", "reads: a lease is worth nothing with check-quorum: false")
    }
  }

  /// The log of one of several groups, carried out on a machine of its own. Nobody asks it for reads.
  init(groupOf machine: any RaftMachine, preferred: Region.ID?, _ common: Raft) {
    self = common
    self.machine = machine
    self.preferred = preferred
  }

  private static func preferred(_ options: inout Options) -> Region.ID? {
    let about = "the region that should lead; otherwise any does"
    return options.setting("preferred", "a region", about).flatMap { options.region($0) }
  }

  private static func members(_ options: inout Options) -> Members {
    let everybody = Members(options.topology.ids)
    let about = "the regions that vote at the beginning; otherwise all"
    guard let setting = options.setting("members", "a list of regions", about) else {
      return everybody
    }
    guard case .list(let names) = setting.content, !names.isEmpty else {
      options.reject("members", "members: expected a list of regions, found \(setting.kind)")
      return everybody
    }
    var seen: [Region.ID] = []
    let regions = names.compactMap { options.distinctRegion($0, &seen) }
    return regions.isEmpty ? everybody : Members(regions)
  }

  public func schema(in topology: Topology) -> Schema { Tables.schema }

  /// What entries are carried out on, and snapshots are made of.
  var state: [Table] { machine?.tables ?? Tables.state }

  public func promises(in topology: Topology) -> Set<Guarantee> {
    guard variant == .sound else { return [] }
    guard deduplicate else { return [.converged] }
    let everything = Guarantee.ofOneCopy
    switch reads {
    case .log, .index, .lease: return everything
    case .leader, .local:
      return everything.subtracting([.linearizable, .counterBounds, .strictSerializable])
    }
  }

  /// While the others are there to fill its disk again.
  public func survivesDiskLoss(in topology: Topology) -> Bool {
    rebuildsBeforeVoting && topology.count > 2
  }

  public func supports(_ operation: Operation) -> Bool { operation.isFlat }

  public func makeReplica(for region: Region.ID, in topology: Topology) -> Member {
    Member(self, region, topology)
  }
}

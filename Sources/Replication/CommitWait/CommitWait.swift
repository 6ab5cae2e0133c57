// Transactions over shards with timestamps that clocks agree on: two-phase locking and two-phase commit
// among groups of raft, reads without locks as of a timestamp, and a wait before each commit is told
// until its timestamp is past by every clock. Corbett et al., "Spanner: Google's Globally-Distributed
// Database", OSDI 2012 and TOCS 2013: sections 3 (TrueTime), 4.1 (timestamps), 4.2 (transactions); the
// numbers in this folder are its. With hybrid clocks, as CockroachDB and YugabyteDB: Taft et al.,
// "CockroachDB: The Resilient Geo-Distributed SQL Database", SIGMOD 2020, section 4.
//
// Keys are in tablets by remainder, and tablets on shards; Tablets.swift. Each shard is a group of raft over
// all regions with a log of its own (Raft/Raft.swift has its messages and what is durable before they are
// sent). Besides:
//
// | message  | from, when                                             | durable before it is sent       |
// |----------|--------------------------------------------------------|---------------------------------|
// | raft     | a member of a shard's group: as Raft/Raft.swift has it | as there                        |
// | begin    | a region: its client's transaction, to each leader     |                                 |
// | vote     | a participant's leader: prepared, again until it hears | prepare: its steps, a timestamp |
// |          | or no: a condition failed, or a tablet is not here     |                                 |
// | wound    | a participant's leader: somebody older waits           |                                 |
// | resolve  | the coordinator's leader: commit or abort, to the rest | decide: timestamp, steps        |
// | outcome  | the coordinator's leader: the same, to who asked       | decide                          |
// | askSafe  | a region: to the leaders of what it wants to read      |                                 |
// | depart   | a region: its operator wants a tablet to move          |                                 |
// | handOver | the leader that a tablet has left, again until done    | leave: to which shard, when     |
//
// A TRANSACTION that writes goes to the leaders of its shards; the first of these coordinates. Each takes
// its locks (wound-wait, Locks.swift) and tries its steps. Participants log a promise with a timestamp
// above all before it in their log. When all have, the coordinator's leader picks s: no less than any
// promise, than TT.now().latest when it was asked, and above all before it in its log. That goes into the
// log, and is the commit; it is told to nobody before TT.after(s), which is the commit wait (4.1.2).
// Participants then log it too, apply the steps they promised and let their locks go. Who leads next finds
// promises and decisions in the log. A participant that hears nothing sends its promise again; a
// coordinator that knows nothing of it has it aborted, in its log first (presumed abort would let a late
// copy of `begin` commit it after all).
//
// READS without writes take no locks: a region picks s_read and reads its own databases as of it, once
// they are safe up to there: t_safe = min(t_paxos, t_TM), the newest timestamp in the log carried out, and
// the oldest promise not yet decided (4.1.3). Leaders log a tick where nobody writes, so that t_safe binds
// whoever leads next by the log and not by a clock; one tick serves all reads that wait.
//   reads: strong   s_read = TT.now().latest; what was read is answered when it is past for all.
//   reads: stale    s_read = now - `staleness`; mostly safe at once, as leaders tick now and then (4.2.4).
//
// TABLETS MOVE between shards when an operator says so, and nobody loses anything by it: TabletMoves.swift.
// A transaction that was on its way to where its keys no longer are is aborted.
//
// | promises, if every sync is honoured     | clocks within the bound                  | clocks that lie |
// |-----------------------------------------|------------------------------------------|-----------------|
// | commit-wait: true, reads: strong        | everything (strict serializability)      | serializable    |
// | commit-wait: false, or reads: stale     | serializable                             | serializable    |
// | clock: hybrid                           | serializable, each key linearizable      | serializable    |
//
// Serializable in any case: timestamps of one log grow whatever clocks say, and conflicting transactions
// meet in one. What is lost without the wait, or with a wrong bound, is real time: an old value after a
// new one was acknowledged, effect before cause. `clock-uncertainty` is what the operator claims; the
// run knows the true error. Hybrid clocks wait for nothing: a read goes up to whatever it finds within
// the bound above its own timestamp, so that each key is fresh; two transactions on different keys may be
// ordered against real time ("causal reverse").
//
// WHAT IT LOSES: nothing that was acknowledged, while disks keep what they synced. A shard without a
// majority stops, and with it what it coordinates: its participants keep their locks (two-phase commit
// blocks). What it costs: each write waits at least twice the bound; a transaction on several shards two
// rounds more. All versions and outcomes are kept (Spanner deletes them after an hour, which is longer
// than runs are).

import Histories
import Simulation

/// Sharded, serializable in the order of timestamps; strictly so while clocks keep their bound.
public struct CommitWait: Strategy {
  public static let name = "commit-wait"
  public static let summary =
    "locks and two-phase commit over shards, in the order of timestamps that clocks vouch for"

  /// What timestamps come from.
  public enum Clocks: String, Sendable, CaseIterable {
    /// TrueTime: the true time is within a bound.
    case interval
    /// Hybrid logical clocks (Kulkarni et al., "Logical Physical Clocks", 2014).
    case hybrid
  }
  /// What reads without writes see.
  public enum Reads: String, Sendable, CaseIterable { case strong, stale }

  public let clock: Clocks
  public let reads: Reads
  public let shards: Int
  /// The most that a clock is believed to be off.
  public let uncertainty: Duration
  /// Whether a commit is told only when its timestamp is past.
  public let waits: Bool
  /// How old what is read may be.
  public let staleness: Duration
  public let variant: Variant
  private let leaders: Leaders
  /// What all shards' groups have in common.
  let common: Raft

  private enum Leaders { case anywhere, spread, region(Region.ID) }

  public init(_ options: inout Options) {
    shards = options.integer(
      "shards", default: 3, in: 1...16, "how many groups the keys are split over")
    clock = options.choice(
      "clock", default: .interval, "intervals that contain the true time, or hybrid clocks")
    reads = options.choice(
      "reads", default: .strong, "what reads without writes see: everything, or the past")
    uncertainty = options.duration(
      "clock-uncertainty", default: .milliseconds(7), in: .zero...Duration.seconds(3_600),
      "how far off a clock is believed to be at most")
    let waits = options.flag(
      "commit-wait", default: true, "whether a commit waits until its timestamp is past")
    self.waits = waits && clock == .interval
    let staleness = options.duration(
      "staleness", default: .seconds(10), in: .milliseconds(1)...Duration.seconds(3_600),
      "with reads: stale, how old what they see is")
    self.staleness = reads == .stale ? staleness : .zero
    leaders = Self.leaders(&options)
    common = Raft(&options, reads: .index, certifies: nil, isGroup: true)
    variant = options.choice(
      "variant", default: .sound, "the algorithm, or a known bug that somebody made of it")
    if clock == .hybrid, options.has("commit-wait") {
      options.reject("commit-wait", "commit-wait: hybrid clocks wait for nothing")
    }
    if reads != .stale, options.has("staleness") {
      options.reject("staleness", "staleness means nothing unless reads are stale")
    }
  }

  private static func leaders(_ options: inout Options) -> Leaders {
    let about = "where shards are led: spread over the regions, anywhere, or a region"
    guard let setting = options.setting("leaders", "spread, anywhere or a region", about) else {
      return .spread
    }
    guard case .scalar(let name, _) = setting.content else {
      options.reject("leaders", "leaders: expected \(about), found \(setting.kind)")
      return .spread
    }
    switch name {
    case "spread": return .spread
    case "anywhere": return .anywhere
    default: return options.region(setting).map { .region($0) } ?? .spread
    }
  }

  /// What a hybrid clock may be behind another by, and the steps that it makes without time.
  var doubt: Duration { clock == .hybrid ? uncertainty * 2 + .milliseconds(1) : .zero }

  /// Whether a read takes an entry of its own in the log: what it must see is told by place there, not
  /// by timestamp.
  var needsItsOwnEntry: Bool { clock == .hybrid && reads == .strong }

  /// How far the newest timestamp of a shard may be behind where reads are stale: Spanner's eight
  /// seconds (4.2.4), or less if reads are less old; what is not safe by then is asked for.
  var advance: Duration { max(.seconds(2), min(.seconds(8), staleness / 2)) }

  /// The group of one shard.
  func group(_ shard: Int, in topology: Topology) -> Raft {
    let preferred: Region.ID? =
      switch leaders {
      case .anywhere: nil
      case .spread: Region.ID(shard % topology.count)
      case .region(let region): region
      }
    return Raft(
      groupOf: Machine(shard: shard, tablets: tablets), preferred: preferred, common)
  }

  public func schema(in topology: Topology) -> Schema { Tables.schema(shards: shards) }

  /// What the order of timestamps gives whatever clocks say. Not sums over accounts: what is read may be
  /// of before there were any.
  private static let serializable: Set<Guarantee> = [
    .serializable, .snapshotIsolation, .parallelSnapshotIsolation, .repeatableRead, .readAtomic,
    .monotonicAtomicView, .readCommitted, .readUncommitted, .converged, .noLostWrites, .set,
    .setFull, .counter, .noDirtyReads,
  ]

  public func promises(in topology: Topology) -> Set<Guarantee> {
    if variant != .sound { return [] }
    return switch (reads, clock) {
    case (.stale, _): Self.serializable
    case (.strong, .hybrid):
      Self.serializable.union([
        .bank, .linearizable, .readYourWrites, .monotonicReads, .counterBounds,
      ])
    case (.strong, .interval): waits ? Guarantee.ofOneCopy : Self.serializable.union([.bank])
    }
  }

  public var clockAssumption: ClockAssumption? {
    ClockAssumption(
      bound: uncertainty, guarantees: Set(Guarantee.allCases).subtracting(Self.serializable))
  }

  public func survivesDiskLoss(in topology: Topology) -> Bool {
    common.survivesDiskLoss(in: topology)
  }

  public func supports(_ operation: Operation) -> Bool { operation.isFlat }

  public func makeReplica(for region: Region.ID, in topology: Topology) -> Member {
    Member(self, region, topology)
  }
}

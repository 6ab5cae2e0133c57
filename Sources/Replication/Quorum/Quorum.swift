// Leaderless replication with quorums.
//
// The region that a client asks coordinates. A cell (a register, or one element of a set) lives in its N
// homes; `r` and `w` say how many of them, or which, must answer a read or hold a write before the client
// hears. All homes are always asked.
//
//   message                        receiver                                              answer
//   query(id, cells asked for)     looks them up                                         found
//   found(id, cells)               coordinator: enough? answers, repairs the stale       -
//   store(id, cells)               keeps what is newer than its own                      stored
//   stored(id)                     coordinator: enough? answers; forgets the hint        -
//   query, store (standing in)     a stand-in for a home that is down: keeps hints       found, stored
//   prepare(id, key, ballot)       acceptor: promises nothing lower, tells its newest    promise
//   promise(id, ballot, newest)    proposer: majority? applies the operation             -
//   accept(id, cell)               acceptor: keeps it unless it promised more            accepted
//   accepted(id, ballot)           proposer: majority? chosen: store                     -
//   hashes(range, level, hashes)   compares with its tree; a level down, or leaves       hashes, leaves
//   leaves(range, leaves, cells)   keeps what is newer, returns what the sender lacks    leaves
//   alike(range, root)             notes that there is nothing to do                     -
//
// Durable before sent. A copy before `stored`; the coordinator's own copy before `store` leaves it; a
// promise or an accepted value before the answer; the number of its incarnation before anything: versions
// and ballots carry it, so that a coordinator that crashed never uses one again. The number of a client's
// last update, so that a request that arrives twice acts once.
//
// Versions. Last writer wins: (wall clock in ns, incarnation and region): a slow clock loses writes
// silently; a hybrid clock is not behind what its region has seen. Linearizable: (counter, incarnation and
// region), the counter one above what R regions have seen. Siblings: dots with a causal past. What was
// decided by consensus: its ballot.
//
// Promises.
//   linearizable            everything, for registers and sets, whatever the clocks. It needs reads that
//                           meet every write (R + W > N; refused otherwise).
//   - write-back: false     a later read may miss what an earlier one saw. Left: read-your-writes,
//                           monotonic-writes, no-lost-writes; converged by read repair.
//   - sloppy                stand-ins are no homes, quorums need not meet: only that it converges.
//   - on-timeout: failed,   say that something did not happen which may have, or do it twice: only that
//     resubmit: blind       it converges.
//   + compare-and-set       registers by consensus alone, so counters besides.
//   siblings                no write that nobody saw is lost, no element either, once replicas converge.
//   otherwise               replicas converge by read repair or anti-entropy, and that is all: writes with
//                           low timestamps vanish, with R + W <= N reads are stale besides; hints may
//                           expire. Consensus and plain writes on one register do not go together: a
//                           chosen value loses against a higher timestamp.
// No transactions. Counters and compare-and-set only by consensus; clients of plain registers read and
// then write, and lose updates.
//
// Sources. DeCandia et al., "Dynamo: Amazon's Highly Available Key-value Store", sections 4.2 to 4.7.
// Attiya, Bar-Noy and Dolev, "Sharing Memory Robustly in Message-Passing Systems", and its multi-writer
// form in Lynch and Shvartsman, "Robust Emulation of Shared Memory Using Dynamic Quorum-Acknowledged
// Broadcasts", section 3. Preguica et al., "Dotted Version Vectors". Rystsov, "CASPaxos: Replicated State
// Machines without logs". The Cassandra documentation on consistency levels and lightweight transactions.

import Histories
import Simulation

/// Dynamo-style quorums with their options, up to linearizable registers and consensus.
public struct Quorum: Strategy {
  public static let name = "quorum"
  public static let summary =
    "leaderless N / R / W: last writer wins, siblings, linearizable registers, compare-and-set"

  let placement: Placement
  let read: Level
  let write: Level
  let isLinearizable: Bool
  /// Whether a linearizable read makes sure that enough regions have what it returns.
  let writesBack: Bool
  let repairsReads: Bool
  let handsOffHints: Bool
  let hintLifetime: Duration
  let isSloppy: Bool
  /// Zero: never.
  let antiEntropyEvery: Duration
  let conflicts: Conflicts
  let context: SiblingContext
  let clock: TimestampClock
  let hasConsensus: Bool
  let serialLevel: SerialLevel
  let resubmission: Resubmission
  /// What a client hears about an update when time is up.
  let outcomeOfTimeout: Outcome
  /// Unanswered messages are sent again after so long.
  let retryEvery: Duration
  /// A coordinator gives up on an operation after so long, and leaves hints.
  let patience: Duration

  /// What the author of a write has seen.
  enum SiblingContext: String, CaseIterable, Sendable { case client, coordinator }

  /// Where the timestamps of last-writer-wins come from.
  enum TimestampClock: String, CaseIterable, Sendable { case wall, hybrid }

  enum Consensus: String, CaseIterable, Sendable { case none, paxos }

  /// Whose majority decides: of all homes, or of those in the coordinator's data center.
  enum SerialLevel: String, CaseIterable, Sendable {
    case serial
    case localSerial = "local-serial"
  }

  /// How an update is tried again that may have taken effect.
  enum Resubmission: String, CaseIterable, Sendable {
    case onceOnly = "once-only"
    case blind
  }

  enum TimeoutMeaning: String, CaseIterable, Sendable { case unknown, failed }

  public init(_ options: inout Options) {
    placement = Placement(&options)
    let homes = placement.homes(of: 0).count
    let hasConsensus =
      options.choice(
        "compare-and-set", default: Consensus.none,
        "paxos: compare-and-set and counters by consensus on each key") == .paxos
    self.hasConsensus = hasConsensus
    read = Level(
      "r", &options, homes: homes, alsoSerial: true, "regions that answer a read")
    write = Level(
      "w", &options, homes: homes, alsoSerial: false,
      "regions that hold a write before it is acknowledged")
    serialLevel = options.choice(
      "serial-level", default: .serial, "whose majority decides on compare-and-set")
    isLinearizable = options.flag(
      "linearizable", default: false,
      "two phases (ABD): no clocks, linearizable registers; with compare-and-set all by consensus")
    let writesBack = options.flag(
      "write-back", default: true,
      "a linearizable read spreads what it found before it answers (unsafe without)")
    self.writesBack = isLinearizable && writesBack
    conflicts = options.choice(
      "conflicts", default: .lastWriterWins,
      "what becomes of concurrent writes; siblings stay until a write that has seen them")
    context = options.choice(
      "context", default: .client,
      "what a write replaces among siblings: what its client, or its coordinator, has seen")
    clock = options.choice(
      "clock", default: .wall,
      "timestamps for the last writer: wall takes the clock as it is, hybrid respects what was seen"
    )
    repairsReads = options.flag(
      "read-repair", default: true, "a read brings stale regions up to date")
    handsOffHints = options.flag(
      "hinted-handoff", default: true, "keep writes for regions that do not answer")
    hintLifetime = options.duration(
      "hint-ttl", default: .seconds(3 * 3600), "hints that are older are thrown away")
    isSloppy = options.flag(
      "sloppy", default: false, "other regions stand in for homes that do not answer")
    antiEntropyEvery = options.duration(
      "anti-entropy", default: .zero, "how often regions compare Merkle trees; 0s is never")
    resubmission = options.choice(
      "resubmit", default: .onceOnly,
      "how compare-and-set is tried again; blind does not look whether it is done (unsafe)")
    let meaning = options.choice(
      "on-timeout", default: TimeoutMeaning.unknown,
      "what a client hears when w was not reached in time; failed may be untrue (unsafe)")
    outcomeOfTimeout = meaning == .failed ? .fail(.notServing) : .info
    retryEvery = options.duration(
      "retry", default: .milliseconds(500), in: .milliseconds(1)...(.seconds(60)),
      "send again what was not answered")
    patience = options.duration(
      "patience", default: .seconds(2), in: .milliseconds(1)...(.seconds(600)),
      "how long a coordinator tries before it gives up")
    rejectWhatDoesNotGoTogether(options)
  }

  private func rejectWhatDoesNotGoTogether(_ options: Options) {
    func need(_ name: String, _ isWrong: Bool, _ need: String) {
      if isWrong { options.reject(name, "\(name): needs \(need)") }
    }
    let hasOneCenter = placement.datacenters.count == 1
    let isEverywhere = placement.datacenters.allSatisfy { $0.count == placement.replicas }
    need("r", read.isLocal && !options.has("datacenters"), "datacenters: for a local level")
    need("w", write.isLocal && !options.has("datacenters"), "datacenters: for a local level")
    need("r", read == .named(.serial) && !hasConsensus, "compare-and-set: paxos for serial")
    need("sloppy", isSloppy && isEverywhere, "regions that are no homes: n below their number")
    need("sloppy", isSloppy && !handsOffHints, "hinted-handoff: true")
    guard !options.topology.regions.isEmpty else { return }
    if isLinearizable {
      need("linearizable", !quorumsMeet, "r + w > n: every read must meet every write")
      let isSplit = hasConsensus && serialLevel == .localSerial && !hasOneCenter
      need("linearizable", isSplit, "serial-level: serial, or one data center")
    }
    if conflicts == .siblings {
      need("conflicts", isLinearizable, "linearizable: false for siblings")
      need("conflicts", hasConsensus, "compare-and-set: none for siblings")
      need(
        "conflicts", !isEverywhere,
        "n to be all regions for siblings: coordinators number writes in their own copies")
    }
  }

  /// Whether any read, wherever it is coordinated, meets any write.
  private var quorumsMeet: Bool {
    let homes = placement.homes(of: 0)
    let byCenter = placement.datacenters.map { center in homes.filter(center.contains) }
    let centers = placement.datacenters.indices
    let writes = centers.map { write.threshold(homes: byCenter, center: $0) }
    return centers.allSatisfy { center in
      let read = self.read.threshold(homes: byCenter, center: center)
      return writes.allSatisfy(read.meets)
    }
  }

  public func schema(in topology: Topology) -> Schema {
    QuorumTables(self, in: topology).schema(hasConsensus: hasConsensus)
  }

  public func promises(in topology: Topology) -> Set<Guarantee> {
    let isHonest = outcomeOfTimeout == .info && resubmission == .onceOnly && !isSloppy
    let hasRepair = repairsReads && read != .named(.serial) || antiEntropyEvery > .zero
    if conflicts == .siblings {
      guard hasRepair else { return [] }
      return isHonest ? [.converged, .noLostWrites, .set] : [.converged]
    }
    guard isLinearizable, isHonest else { return hasRepair ? [.converged] : [] }
    guard writesBack else {
      return Set([.readYourWrites, .monotonicWrites, .noLostWrites])
        .union(hasRepair ? [.converged] : [])
    }
    return Set([
      .linearizable, .readYourWrites, .monotonicReads, .monotonicWrites, .writesFollowReads,
      .converged, .noLostWrites, .noDirtyReads, .set, .setFull,
    ]).union(hasConsensus ? [.counter, .counterBounds] : [])
  }

  public func supports(_ operation: Operation) -> Bool {
    switch operation {
    case .read(_, let type): type == .register || type == .set || type == .counter && hasConsensus
    case .write, .insert, .remove: true
    case .compareAndSet, .increment: hasConsensus
    case .append, .transaction: false
    }
  }

  /// Whether an operation goes through consensus.
  func decides(_ operation: Operation) -> Bool {
    switch operation {
    case .compareAndSet, .increment: true
    case .read(_, .register), .read(_, .counter):
      hasConsensus && (isLinearizable || read == .named(.serial))
    case .write: hasConsensus && isLinearizable
    default: false
    }
  }

  public func makeReplica(for region: Region.ID, in topology: Topology) -> QuorumReplica {
    QuorumReplica(strategy: self, region: region, topology: topology)
  }
}

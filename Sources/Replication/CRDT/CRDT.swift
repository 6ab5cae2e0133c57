// Every region writes. An operation is applied where it was asked for, acknowledged after the local
// disk, and sent to all others, which deliver operations in causal order. The data types are such
// that concurrent operations commute, so regions that delivered the same operations are equal.
//
// Messages
//
//   message  from, to                carries                          when
//   update   origin -> all           one operation with its vector    at once
//   ask      region -> peer          the sender's vector              every `anti-entropy` to the
//                                                                     next peer; to all that are
//                                                                     behind when nothing is new
//   answer   peer -> region          what the asker lacks, at most    to `ask`; unasked to a peer
//                                    `batch`; the sender's vector     whose answer shows a lack
//
// A vector says of each region how many of its operations are included. An operation carries what
// its origin had delivered when it made it. It is delivered elsewhere once all of that is there,
// and waits in memory until then. What comes twice is delivered once. An answer is in causal order
// and says whether there is more; then the receiver asks again at once.
//
// Durable before sent
//
//   An operation is in the log, under its number, before it is sent or acknowledged: a number is
//   never used twice. What a vector includes is in the log before the vector is sent: nobody drops
//   or skips an operation for the sake of one that a crash could take back. What waits for its
//   causes is not durable, is in no vector, and so comes again.
//   Everything else follows from the log after a crash: the vector, and the hybrid clock, which is
//   the largest timestamp in it, since each origin's last operation has its largest.
//   The number of each client's last update is durable with it, so that a request which the network
//   delivers twice acts once (Ongaro, "Consensus: Bridging Theory and Practice", section 6.3). An
//   update older than its client's last one is dropped unanswered: its client has given it up.
//
// What it promises
//
//   converged          The log of each region tends to the union (anti-entropy), and the state is a
//                      function of the set of operations in it, in whatever causal order.
//   Last-writer-wins registers with the hybrid clock, for clients that stay in their region:
//   read-your-writes   A timestamp is above all that the region has delivered or made, so a local
//                      write is at once the greatest. Afterwards the register only grows, and a
//                      crash takes back nothing that was acknowledged: the value is durable, and
//                      so is the timestamp, in its log entry.
//   monotonic-reads    The register is a maximum that only grows, and a read's batch begins after
//                      the sync of what it reads.
//   monotonic-writes   A client's later write has the greater timestamp and has seen the earlier
//                      one, so no region delivers it first.
//   writes-follow-reads  A write's timestamp is above, and its vector includes, what was read
//                      before it in its region.
//   This needs no agreement among clocks: a clock that is set back is overruled by the log. One
//   that is set forward drags all others along, which costs accuracy and no guarantee.
//   Multi-value registers: no-lost-writes. A sibling goes only when a write that saw it replaces
//   it. (Of sessions nothing is promised: what it means for siblings is for their reader to say.)
//   Counters, sets     Each increment counts exactly once. An element is in if and only if an
//                      insert of it is there that no delivered remove had seen.
//   A transaction that only reads sees a causally consistent snapshot: what the region delivered.
//
// What it loses
//
//   Of two concurrent writes of a last-writer-wins register one, although both were acknowledged,
//   and not always the earlier: where clocks differ and neither region has heard of the other's
//   write, the one that is lost can have been asked for after the survivor was acknowledged.
//   With the wall clock also writes that are causally later than the one which stays: every write
//   under a clock that is slow, until it has caught up. Their own client does not read them.
//   Siblings leave the loss to their reader, who must merge them. Within a region there are none: a
//   later write has seen, and replaces, all that is there, whether or not its client has read it.
//   Anything that needs all regions at once: compare-and-set, a floor, writes of several keys.
//   A region with `durability: before-sync` can lose operations after it has sent them. Peers give
//   them back, unless it reuses their numbers first; then regions differ for good.
//   The log is never cut: it grows by one row an update.
//
// Sources: Shapiro, Preguica, Baquero and Zawirski, "A comprehensive study of Convergent and
// Commutative Replicated Data Types", sections 2.2.2 (op-based, causal delivery) and 3; Kulkarni et
// al., "Logical Physical Clocks", section 3; Bieniusa et al., "An optimized conflict-free
// replicated set"; Petersen et al., "Flexible Update Propagation for Weakly Consistent
// Replication", section 3 (anti-entropy by version vectors); Terry et al., "Session Guarantees for
// Weakly Consistent Replicated Data", section 3.

import Histories
import Simulation

/// Conflict-free replicated data types: write anywhere, deliver causally, converge.
public struct CRDT: Strategy {
  public static let name = "crdt"
  public static let summary = "every region writes; concurrent operations merge (CRDTs)"

  /// Where timestamps come from.
  enum ClockKind: String, CaseIterable, Sendable {
    case hybrid, wall
  }

  /// What a register does with concurrent writes.
  enum RegisterKind: String, CaseIterable, Sendable {
    case lww
    case multiValue = "multi-value"
  }

  let clock: ClockKind
  let register: RegisterKind
  /// The mean time between two questions of a region.
  let antiEntropy: Duration
  let batch: Int

  public init(_ options: inout Options) {
    clock = options.choice(
      "clock", default: .hybrid,
      "timestamps of lww registers: hybrid respects causality, wall takes the clock as it is")
    register = options.choice(
      "register", default: .lww,
      "lww keeps the write with the greatest timestamp, multi-value all concurrent ones")
    antiEntropy = options.duration(
      "anti-entropy", default: .seconds(1), in: .milliseconds(1)...Duration.seconds(3_600),
      "how often a region compares what it has with a peer")
    batch = options.integer(
      "batch", default: 200, in: 1...100_000, "the most operations that one comparison sends")
  }

  public func schema(in topology: Topology) -> Schema {
    let tables = Tables(register, in: topology)
    return Schema(
      tables: tables.all,
      views: [
        Schema.View(
          "items",
          """
          SELECT key, value FROM \(tables.registers.name) \
          UNION ALL SELECT key, sum(added - removed) AS value FROM counters GROUP BY key
          """),
        Schema.View("elements", "SELECT DISTINCT key, element FROM dots"),
      ])
  }

  public func promises(in topology: Topology) -> Set<Guarantee> {
    switch (register, clock) {
    case (.multiValue, _): [.converged, .noLostWrites, .counter, .set]
    case (.lww, .wall): [.converged, .counter, .set]
    case (.lww, .hybrid):
      [
        .converged, .counter, .set, .readYourWrites, .monotonicReads, .monotonicWrites,
        .writesFollowReads,
      ]
    }
  }

  public func supports(_ operation: Operation) -> Bool {
    switch operation {
    case .read(_, let type): type != .list
    case .write, .increment(_, _, floor: nil), .insert, .remove: true
    case .compareAndSet, .increment, .append: false
    case .transaction(let steps):
      steps.allSatisfy { if case .read = $0 { supports($0) } else { false } }
    }
  }

  public func makeReplica(for region: Region.ID, in topology: Topology) -> Member {
    Member(self, region: region, topology: topology)
  }
}

// Every region writes. An update is carried out where it was asked for, acknowledged after the local
// disk, and reaches the others by one of three exchanges. The data types (Types/, a file each) are such
// that concurrent updates commute, so regions that include the same updates hold the same.
//
// Messages
//
//   message      from, to             carries                           when
//   exchange: operation
//   update       origin -> all        one operation with its vector     at once
//   ask          region -> peer       the sender's vector               every `anti-entropy` to the
//                                                                       next peer; to all that are
//                                                                       behind when nothing is new
//   answer       peer -> region       what the asker lacks, at most     to `ask`; unasked to a peer
//                                     `batch`; the sender's vector      whose answer shows a lack
//   exchange: delta
//   delta        region -> peer       rows changed since what the peer  every `anti-entropy`, as `ask`
//                                     acknowledged; vector; clock
//   acknowledge  peer -> region       the change joined; vector         to `delta`
//   exchange: state
//   state        region -> peer       all rows; vector; clock           every `anti-entropy`, as `ask`
//   counter: bounded
//   lend         region -> richest    the rights that it lacks          when it refuses a decrement
//
// A vector says of each region how many of its updates are included. An operation carries what its
// origin included when it made it, and with `delivery: causal` waits in memory until all of that is
// there. What comes twice is delivered once.
//
// Durable before sent
//
//   An update is in the rows, under its number, and the number in the context, before it is sent or
//   acknowledged: a number is never used twice. What a vector includes is durable before the vector is
//   sent: nobody drops or skips an update for the sake of one that a crash could take back. A delta's
//   number is durable before it is sent, its join before it is acknowledged. What waits for its causes is
//   not durable, is in no vector, and so comes again. The largest timestamp heard of is durable with
//   the vector, for the hybrid clock.
//   The number of each client's last update is durable with it, so that a request which the network
//   delivers twice acts once (Ongaro, "Consensus: Bridging Theory and Practice", section 6.3). An
//   update older than its client's last one is dropped unanswered: its client has given it up.
//
// Forgetting
//
//   What every region includes is causally stable: no update is to come that has not seen it. Then the
//   log is cut, tombstones go (`tombstones`), and removes of a remove-wins set go with what they shut out;
//   these only where operations are exchanged: elsewhere each element removed leaves a row for good.
//
// What it promises, under loss, duplication, reordering, partitions, and crashes with recovery
//
//   converged          Whatever the exchange: vectors tend to the union (anti-entropy), and the rows are a
//                      function of the set of updates included. Not with deliveries weaker than causal
//                      (a remove can come before its insert), without `resync` (what is lost stays lost),
//                      nor with `tombstones: DURATION` (a region cut off for longer brings back, or keeps
//                      for itself, what others removed).
//   counter            Each increment counts exactly once; not with `delivery: at-least-once`, nor
//                      without `resync`.
//   set                An element is in if and only if an insert of it is included that no included remove
//                      had seen; with remove-wins, and no remove that no included insert had seen. As
//                      `converged`.
//   no-lost-writes     With multi-value registers and add-wins sets, where `converged` is promised: a
//                      sibling or element goes only when an update that saw it takes it away. (Of
//                      sessions nothing is promised: what it means for siblings is their reader's to say.)
//   Last-writer-wins registers by field with the hybrid clock, for clients that stay in their region:
//   read-your-writes   A timestamp is above all that the region includes or made, so a local write is at
//                      once the greatest. Afterwards the register only grows, and a crash takes back
//                      nothing that was acknowledged.
//   monotonic-reads    The register is a maximum that only grows, and a read's batch begins after the
//                      sync of what it reads.
//   monotonic-writes   A client's later write has the greater timestamp and has seen the earlier one, so
//                      no region includes it first. Not with deliveries weaker than causal.
//   writes-follow-reads  A write's timestamp is above, and its vector includes, what was read before it in
//                      its region. Not with deliveries weaker than causal.
//   This needs no agreement among clocks: a clock that is set back is overruled by what the region has
//   heard. One that is set forward drags all others along, which costs accuracy and no guarantee.
//   Counters with `counter: bounded` never fall below 0 if every decrement has that floor.
//   A transaction that only reads sees what the region includes at one moment: with causal delivery a
//   causally consistent snapshot.
//
// What it loses
//
//   Of two concurrent writes of a last-writer-wins register one, although both were acknowledged, and
//   not always the earlier: where clocks differ and neither region has heard of the other's write, the
//   one that is lost can have been asked for after the survivor was acknowledged. With `conflict-unit:
//   row` also one of two writes to two fields of a row; and then a field can go back to a value that its
//   own writer had replaced.
//   With the wall clock also writes that are causally later than the one which stays: every write under a
//   clock that is slow, until it has caught up. Their own client does not read them.
//   Siblings leave the loss to their reader, who must merge them. Within a region there are none: a later
//   write has seen, and replaces, all that is there, whether or not its client has read it.
//   With `conditional-writes: local` the condition is judged by what the region has: two regions can both
//   find it true, and the merge then keeps one of the two writes (DynamoDB global tables, "How it works"),
//   or both as siblings; while there are siblings no condition is true.
//   Anything that needs all regions at once: a compare-and-set of all, a floor without escrow (and one other than
//   0 with it), writes of several keys.
//   A region with `durability: before-sync` can lose updates after it has sent them. Peers give them
//   back if they still have them in their logs and it does not reuse their numbers first; else regions
//   differ for good.
//   A region that is gone for good holds up causal stability: tombstones and the log then only grow.
//
// Sources: Shapiro, Preguica, Baquero and Zawirski, "A comprehensive study of Convergent and
// Commutative Replicated Data Types", sections 2.2 (state- and op-based, causal delivery) and 3; Almeida,
// Shoker and Baquero, "Delta State Replicated Data Types", section 6; Baquero, Almeida and Shoker,
// "Making Operation-based CRDTs Operation-based", section 5 (causal stability); Balegas et al., "Extending
// Eventually Consistent Cloud Databases for Enforcing Numeric Invariants"; Roh et al., "Replicated abstract
// data types"; Kulkarni et al., "Logical Physical Clocks", section 3; Bieniusa et al., "An optimized
// conflict-free replicated set"; Petersen et al., "Flexible Update Propagation for Weakly Consistent
// Replication", section 3 (anti-entropy by version vectors); Terry et al., "Session Guarantees for
// Weakly Consistent Replicated Data", section 3.

import Histories
import Simulation

/// Conflict-free replicated data types: write anywhere, merge, converge.
public struct CRDT: Strategy {
  public static let name = "crdt"
  public static let summary = "every region writes; concurrent updates merge (CRDTs)"

  /// What regions send each other.
  enum ExchangeKind: String, CaseIterable, Sendable {
    case operation, delta, state
  }

  /// Where timestamps come from.
  enum ClockKind: String, CaseIterable, Sendable {
    case hybrid, wall
  }

  /// What a register does with concurrent writes.
  enum RegisterKind: String, CaseIterable, Sendable {
    case lww
    case multiValue = "multi-value"
  }

  /// What has a timestamp of its own.
  enum ConflictUnit: String, CaseIterable, Sendable {
    case field, row
  }

  /// What becomes of a compare-and-set.
  enum ConditionalWrites: String, CaseIterable, Sendable {
    case none, local
  }

  /// What counters can do.
  enum CounterKind: String, CaseIterable, Sendable {
    case none, plain, bounded
  }

  let exchange: ExchangeKind
  let delivery: Delivery
  let resync: Bool
  let clock: ClockKind
  let clockResolution: Duration
  let register: RegisterKind
  /// Whether a compare-and-set looks at what its own region has, and then is a write.
  let comparesLocally: Bool
  /// How many keys share a timestamp.
  let fieldsPerRow: Int
  let counter: CounterKind
  let set: SetPolicy
  let tombstones: TombstonePolicy
  let compactsLog: Bool
  /// The mean time between two questions, deltas or states of a region.
  let antiEntropy: Duration
  let batch: Int
  let flaw: Flaw

  public func promises(in topology: Topology) -> Set<Guarantee> {
    let isWhole = exchange != .operation || resync
    let isOnce = exchange != .operation || delivery != .atLeastOnce
    let isCausal = exchange != .operation || delivery == .causal
    var promises: Set<Guarantee> = []
    if isWhole, isOnce, counter != .none { promises.insert(.counter) }
    if isWhole, isCausal, tombstones.areSafe {
      promises.formUnion([.converged, .set])
      if register == .multiValue, set == .addWins { promises.insert(.noLostWrites) }
    }
    if register == .lww, clock == .hybrid, fieldsPerRow == 1 {
      promises.formUnion([.readYourWrites, .monotonicReads])
      if isCausal { promises.formUnion([.monotonicWrites, .writesFollowReads]) }
    }
    return promises
  }

  public func supports(_ operation: Operation) -> Bool {
    switch operation {
    case .read(_, .counter), .increment(_, _, floor: nil): counter != .none
    case .increment(_, _, floor: 0): counter == .bounded
    case .read, .write, .insert, .remove, .append: true
    case .compareAndSet: comparesLocally
    case .increment: false
    case .transaction(let steps):
      steps.allSatisfy { if case .read = $0 { supports($0) } else { false } }
    }
  }

  public func makeReplica(for region: Region.ID, in topology: Topology) -> Member {
    Member(self, region: region, topology: topology)
  }
}

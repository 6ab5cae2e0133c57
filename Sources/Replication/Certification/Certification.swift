// Multi-primary by certification: every region runs transactions on its own database at once; what they
// would change is put into one order that all regions share, and in that order each region decides for
// itself, but all alike, which may commit. Galera Cluster, MySQL Group Replication.
//
// Pedone, Guerraoui and Schiper, "The Database State Machine Approach", Distributed and Parallel Databases,
// 2003, sections 4 and 5 (certify reads: serializability). Kemme and Alonso, "Don't Be Lazy, Be Consistent:
// Postgres-R", VLDB 2000, section 3 (write sets and total order broadcast); Galera Cluster documentation,
// "Certification-Based Replication" and "wsrep_sync_wait" (certify writes, `reads: synced`).
//
// The total order broadcast is the log of raft: its messages and what is durable before what are in
// Raft/Raft.swift. Besides:
//
// | message   | from, when                                            | durable before it is sent |
// |-----------|-------------------------------------------------------|---------------------------|
// | certify   | a region: a transaction has run at it, after entry n  | -                         |
//
// A transaction runs on what its region has carried out (the snapshot, entry n). Its write set is logged,
// and certified when the log has come to it: it commits if nothing it depends on was changed after n.
// `certify: writes`: what it wrote; of two concurrent writers of a key the first in the log wins.
// `certify: reads`: what it read, conditions and increments included; blind writes never abort.
//
// READS. `local`: from what the client's region has carried out, a prefix of the log: old perhaps, never
// torn. `synced`: before a transaction runs, read-only or not, the region catches up with all that was
// committed when the client asked (raft's read index).
//
// | promises, if every sync is honoured | certify: reads              | certify: writes                      |
// |-------------------------------------|-----------------------------|--------------------------------------|
// | reads: synced                       | everything                  | but the serializable models          |
// | reads: local                        | but strict serializability  | strong session snapshot isolation    |
// |                                     | and linearizability         |                                      |
//
// Session guarantees are of clients that stay at one region. Neither loses what it acknowledged: an
// acknowledged write set is in the logs of a majority. What it costs: aborts where regions write the same
// keys, and a round to the leader and a majority for every update. With `certify: writes` two transactions
// may each read what the other writes (write skew).

import Histories
import Simulation

/// Optimistic transactions at every region, certified in one order.
public struct Certification: Strategy {
  public static let name = "certification"
  public static let summary =
    "transactions run at every region and are certified in one order; the first committer wins"

  /// What a transaction sees.
  public enum Reads: String, Sendable, CaseIterable { case local, synced }

  public let reads: Reads
  let certifies: Raft.Certifies
  /// The total order.
  let order: Raft

  public init(_ options: inout Options) {
    reads = options.choice(
      "reads", default: .local,
      "what a transaction sees: what its region has carried out, or all that was committed before")
    certifies = options.choice(
      "certify", default: .writes,
      "what must not have changed since a transaction ran: what it wrote, or what it read")
    order = Raft(&options, reads: reads == .local ? .local : .index, certifies: certifies)
  }

  public func schema(in topology: Topology) -> Schema { order.schema(in: topology) }

  public func promises(in topology: Topology) -> Set<Guarantee> {
    guard order.deduplicate else { return [.converged] }
    var promised = Guarantee.ofOneCopy
    if reads == .local {
      promised.subtract([.linearizable, .counterBounds, .strictSerializable])
    }
    if certifies == .writes {
      promised.subtract([
        .strictSerializable, .strongSessionSerializable, .serializable, .repeatableRead,
      ])
    }
    return promised
  }

  public func survivesDiskLoss(in topology: Topology) -> Bool {
    order.survivesDiskLoss(in: topology)
  }

  public func supports(_ operation: Operation) -> Bool { order.supports(operation) }

  public func makeReplica(for region: Region.ID, in topology: Topology) -> Raft.Member {
    order.makeReplica(for: region, in: topology)
  }
}

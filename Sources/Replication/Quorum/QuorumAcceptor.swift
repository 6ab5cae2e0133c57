// Consensus on one register, the acceptors' half: Paxos for each key (Lamport, "Paxos Made Simple",
// section 2.2), on a value that changes by functions of what it was (Rystsov, "CASPaxos: Replicated State
// Machines without logs", 2018). What is chosen goes into the table of cells with its ballot as
// its version, as in Cassandra's lightweight transactions (CASSANDRA-5062): prepare and promise, which
// carries what was read, propose and accept, commit.

import Histories
import Simulation

/// What an acceptor says to `prepare`.
struct Promise: Sendable {
  /// The ballot that was asked for.
  let ballot: Version
  let isGranted: Bool
  /// What a ballot must be above to be granted.
  let floor: Version
  /// The newest value that was accepted or chosen.
  let newest: Cell?
  /// Whether that one is known to be chosen.
  let isChosen: Bool
}

/// What an acceptor says to `accept`.
struct Acceptance: Sendable {
  let ballot: Version
  let isGranted: Bool
  let floor: Version
}

extension QuorumReplica {
  /// What an acceptor must remember of a key.
  private struct Memory {
    var promised = Version.initial
    /// Accepted and not known to be chosen.
    var accepted: Cell?
    var chosen: Cell?

    var floor: Version { max(promised, chosen?.version ?? .initial) }
  }

  private func memory(of key: Key, _ store: any Store) -> Memory {
    var memory = Memory()
    memory.chosen = tables.cells.cells(.register, key, 0, in: store).first
    guard let row = store.get(tables.ballots, [Int64(key)]) else { return memory }
    memory.promised = Version(row[0], row[1])
    let accepted = Cell(
      name: .register(key), value: row[4], version: Version(row[2], row[3]),
      seen: VersionVector(row[5...]))
    if accepted.version > memory.chosen?.version ?? .initial { memory.accepted = accepted }
    return memory
  }

  private func save(_ memory: Memory, of key: Key, _ store: any Store) {
    let accepted = memory.accepted
    let version = accepted?.version ?? .initial
    store.put(
      tables.ballots, [Int64(key)],
      [
        memory.promised.major, memory.promised.minor, version.major, version.minor,
        accepted?.value ?? 0,
      ] + (accepted?.seen ?? VersionVector()).components(topology.count))
  }

  /// Promises to accept nothing below a ballot, unless a higher one has that promise already.
  func promise(_ key: Key, _ ballot: Version, _ store: any Store) -> Promise {
    var memory = memory(of: key, store)
    let newest = memory.accepted ?? memory.chosen
    let isChosen = memory.accepted == nil && memory.chosen != nil
    let floor = memory.floor
    // Equal is granted, too: the same message came twice.
    let isGranted = ballot >= memory.promised && ballot > memory.chosen?.version ?? .initial
    if isGranted, ballot > memory.promised {
      memory.promised = ballot
      save(memory, of: key, store)
    }
    return Promise(
      ballot: ballot, isGranted: isGranted, floor: floor, newest: newest, isChosen: isChosen)
  }

  /// Accepts a value under a ballot, unless a higher one was promised or chosen.
  func accept(_ cell: Cell, _ store: any Store) -> Acceptance {
    var memory = memory(of: cell.name.key, store)
    let floor = memory.floor
    let isGranted = cell.version >= floor
    if isGranted, cell.version > memory.chosen?.version ?? .initial {
      memory.promised = cell.version
      memory.accepted = cell
      save(memory, of: cell.name.key, store)
    }
    return Acceptance(ballot: cell.version, isGranted: isGranted, floor: floor)
  }
}

// What regions say to each other; CRDT.swift has the table that tells when and why.

import Histories
import Simulation

extension CRDT {
  /// A state or a part of one, with what it includes.
  public struct Snapshot: Sendable {
    /// A row of a replicated table.
    struct Item: Sendable {
      let table: Int
      let row: Row
    }
    let items: [Item]
    /// What whoever has joined it includes.
    let includes: VersionVector
    /// The sender's clock, not below any timestamp in it.
    let clock: HybridClock.Timestamp?

    func bytes(in topology: Topology) -> Int {
      items.reduce(16 + 8 * topology.count) { $0 + 8 * $1.row.count }
    }
  }

  /// A message between two regions.
  public struct Message: Payload {
    /// What it says.
    public enum Content: Sendable {
      /// A new operation of the sender.
      case update(Entry)
      /// What the sender has; answer with what it lacks. `round` is repeated by the answer.
      case ask(VersionVector, round: Int64)
      /// Operations that the receiver lacked, in causal order, and what the sender has. `more` if
      /// the batch was too small. Not asked for if `round` is 0.
      case answer([Entry], VersionVector, more: Bool, round: Int64)
      /// All that the sender has.
      case state(Snapshot)
      /// All that has changed at the sender since a change that the receiver has acknowledged, up to
      /// the change of that number.
      case delta(Snapshot, upTo: Int64)
      /// What the sender includes after it has joined the changes up to that number.
      case acknowledge(VersionVector, upTo: Int64)
      /// The sender lacks so many rights to a counter's decrements.
      case lend(Key, Value)
    }
    public let content: Content
    public let bytes: Int

    init(_ content: Content, in topology: Topology) {
      self.content = content
      let vector = 8 * topology.count
      switch content {
      case .update(let entry): bytes = 16 + entry.bytes(in: topology)
      case .ask, .acknowledge: bytes = 24 + vector
      case .answer(let entries, _, _, _):
        bytes = entries.reduce(24 + vector) { $0 + $1.bytes(in: topology) }
      case .state(let snapshot), .delta(let snapshot, _):
        bytes = 24 + snapshot.bytes(in: topology)
      case .lend: bytes = 32
      }
    }

    public var label: String {
      switch content {
      case .update(let entry): "update \(entry.origin.raw).\(entry.sequence)"
      case .ask: "ask"
      case .answer(let entries, _, let more, _):
        "answer with \(entries.count) operations\(more ? ", more to come" : "")"
      case .state(let snapshot): "state of \(snapshot.items.count) rows"
      case .delta(let snapshot, let number): "delta of \(snapshot.items.count) rows, to \(number)"
      case .acknowledge(_, let number): "acknowledge \(number)"
      case .lend(let key, let amount): "lend \(amount) of \(key)"
      }
    }
  }
}

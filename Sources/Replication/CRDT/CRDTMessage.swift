// What regions say to each other; CRDT.swift has the table that tells when and why.

import Simulation

extension CRDT {
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
    }
    public let content: Content
    public let bytes: Int

    init(_ content: Content, in topology: Topology) {
      self.content = content
      let vector = 8 * topology.count
      switch content {
      case .update(let entry): bytes = 16 + entry.bytes(in: topology)
      case .ask: bytes = 24 + vector
      case .answer(let entries, _, _, _):
        bytes = entries.reduce(24 + vector) { $0 + $1.bytes(in: topology) }
      }
    }

    public var label: String {
      switch content {
      case .update(let entry): "update \(entry.origin.raw).\(entry.sequence)"
      case .ask: "ask"
      case .answer(let entries, _, let more, _):
        "answer with \(entries.count) operations\(more ? ", more to come" : "")"
      }
    }
  }
}

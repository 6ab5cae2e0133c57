// Siblings: writes of a register that do not know of each other stay side by side until a write that has
// seen them replaces them (DeCandia et al., "Dynamo", section 4.4).
//
// The version of a write is a dot, one above all that its coordinator has for this cell, and the causal
// past that its author had seen (Preguica et al., "Dotted Version Vectors", the function `update`). A past
// says of each region "its first n writes"; that it may, since whoever holds a write of a region holds
// also the region's earlier ones, or what replaced them: a coordinator sends all that it has.
//
// Where an author's past comes from (`context`): what the client last read through this region, as with
// the context that Riak's clients hand back; a client that writes without reading makes a sibling, of its
// own earlier write as well. Or what the coordinator's copy holds: then only writes through different
// regions are ever siblings. Elements of sets always take the coordinator's copy, so that a remove takes
// away what its region knows of and nothing else: add-wins.

import Histories
import Simulation

extension QuorumReplica {
  /// A write with its dot.
  func dotted(_ name: CellName, _ value: Value, _ own: [Cell], _ client: UInt32) -> Cell {
    let known = own.reduce(0) { max($0, $1.past[region]) }
    var seen = VersionVector()
    if name.type == .register, strategy.context == .client {
      seen = contexts[Context(client: client, key: name.key)] ?? seen
    } else {
      for cell in own { seen.merge(cell.past) }
    }
    return Cell(
      name: name, value: value, version: Version(known + 1, Int64(region.raw)), seen: seen)
  }

  /// What a client has been told is the context of its next write.
  mutating func remember(_ operation: Pending) {
    guard strategy.conflicts == .siblings, strategy.context == .client,
      operation.question.type == .register
    else { return }
    let context = Context(client: operation.request.id.client, key: operation.question.key)
    contexts[context] = operation.gathering.cells.reduce(into: VersionVector()) {
      $0.merge($1.past)
    }
  }
}

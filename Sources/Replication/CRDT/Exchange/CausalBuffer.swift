// Operations that arrived before something they depend on. In memory alone: what a crash takes from
// here, anti-entropy brings again, since only delivered operations count as received.
//
// Birman, Schiper and Stephenson, "Lightweight Causal and Atomic Group Multicast", section 5
// (protocol CBCAST): deliver when it is the sender's next one and all that it had seen is here.

import Simulation

extension CRDT {
  /// Operations that wait to be delivered.
  struct CausalBuffer: Sendable {
    /// By origin, then by number; looked up, never iterated.
    private var waiting: [[Int64: Entry]]
    /// How many operations wait.
    private(set) var count = 0

    init(in topology: Topology) { waiting = Array(repeating: [:], count: topology.count) }

    /// Keeps an operation until it can be delivered; once, however often it comes.
    mutating func add(_ entry: Entry) {
      guard entry.origin.index < waiting.count else { return }
      if waiting[entry.origin.index].updateValue(entry, forKey: entry.sequence) == nil {
        count += 1
      }
    }

    /// Some operation that can be delivered on top of what has been.
    func next(after delivered: VersionVector) -> Entry? {
      guard count > 0 else { return nil }
      for place in waiting.indices where !waiting[place].isEmpty {
        guard let entry = waiting[place][delivered[Region.ID(place)] + 1] else { continue }
        if delivered.includes(entry.seen) { return entry }
      }
      return nil
    }

    /// Forgets an operation that has been delivered.
    mutating func remove(_ sequence: Int64, of origin: Region.ID) {
      if waiting[origin.index].removeValue(forKey: sequence) != nil { count -= 1 }
    }
  }
}

// Packets one way are lost while those the other way arrive: heartbeats come in, answers do not go
// out. Failure detectors that take hearing for being heard are wrong about it.

/// A cut in one direction.
public struct OneWayCut: Fault {
  public static let name = "one-way"
  public static let summary = "Cuts the link from one region to another, not the way back"
  public static let example = "{at: 10s, for: 20s, one-way: {from: us, to: eu}}"

  let from: RegionChoice
  let to: RegionChoice

  public init(_ options: inout Options) {
    let about = Self.summary
    guard var ends = options.section(Self.name, about) else {
      from = .word(.any)
      to = .word(.any)
      return
    }
    options.needs(2, Self.name)
    from = ends.regions("from", or: [.any, .all], "whose packets are lost")
    to = ends.regions("to", or: [.any, .all], "on the way to whom")
    for name in ["from", "to"] where !ends.has(name) {
      ends.reject(name, "one-way: needs \(name): a region, any or all")
    }
    if case .some(let here) = from, to == .some(here) {
      ends.reject("to", "one-way: from and to are the same region")
    }
    ends.finish()
  }

  public func actions(
    in window: Range<Instant>, on topology: Topology, _ random: inout Random, _ tags: inout Tags
  ) -> [TimedAction] {
    let senders = regions(from, besides: to, topology, &random)
    let receivers = regions(to, besides: .some(senders), topology, &random)
    var links: [Link.ID] = []
    for sender in senders {
      for receiver in receivers where sender != receiver {
        links.append(topology.link(from: sender, to: receiver))
      }
    }
    return window.install(Cut(), on: .links(links), &tags)
  }

  /// What a choice comes to; `any` draws a region other than the one at the far end.
  private func regions(
    _ choice: RegionChoice, besides far: RegionChoice, _ topology: Topology,
    _ random: inout Random
  ) -> [Region.ID] {
    switch choice {
    case .some(let regions): return regions
    case .word(.all): return topology.ids
    case .word:
      var left = topology.ids
      if case .some(let taken) = far, taken.count == 1 { left.removeAll { taken.contains($0) } }
      return left.isEmpty ? [] : [random.pick(left)]
    }
  }
}

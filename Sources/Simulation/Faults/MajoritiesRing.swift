// Every region hears a majority, and no two hear the same one: the partition that breaks protocols
// which take "I can see a majority" for "there is one majority". As Jepsen's majorities-ring: the
// regions stand in a ring in random order, and each hears those around it that make a bare majority
// with itself. Where that number is even the window leans to one side, so some links work one way.

/// Overlapping majorities.
public struct MajoritiesRing: Fault {
  public static let name = "ring"
  public static let summary = "Each region hears a different majority (overlapping majorities)"
  public static let example = "{at: 10s, for: 20s, ring: true}"

  let isOn: Bool

  public init(_ options: inout Options) {
    isOn = options.flag(Self.name, default: true, Self.summary)
    if !isOn { options.reject(Self.name, "ring: must be true; leave the entry out instead") }
    options.needs(3, Self.name)
  }

  public func actions(
    in window: Range<Instant>, on topology: Topology, _ random: inout Random, _ tags: inout Tags
  ) -> [TimedAction] {
    let ring = random.shuffled(topology.ids)
    let count = ring.count
    let before = topology.majority / 2
    var cut: [Link.ID] = []
    for (place, listener) in ring.enumerated() {
      // Heard: `majority` places in a row, of which the listener is the one after `before` others.
      let heard = (0..<topology.majority).map { ring[(place - before + $0 + count) % count] }
      for speaker in ring where !heard.contains(speaker) {
        cut.append(topology.link(from: speaker, to: listener))
      }
    }
    cut.sort { $0.index < $1.index }
    return window.install(Cut(), on: .links(cut), &tags)
  }
}

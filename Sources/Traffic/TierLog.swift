// What one region's app tier did, second by second: what it was asked for, how busy it was, how long its
// line. Reports and measures are made of it; the autoscaler sees no more of it than a metrics server does.

import Simulation

/// A count of everything that happened at one region's door since the load began.
public struct TierLog: Sendable {
  /// One second.
  public struct Step: Sendable, Equatable {
    /// Who came.
    public internal(set) var arrivals = 0
    /// Time of replicas, in nanoseconds: at work, and there to work.
    public internal(set) var busy: Int64 = 0
    public internal(set) var ready: Int64 = 0
    public internal(set) var longestQueue = 0
  }

  public static let step = Duration.seconds(1)

  public private(set) var steps: [Step] = []
  /// Whoever was let in, of those that the load made or that checked.
  public internal(set) var served = 0
  /// Refused at once: the line was full.
  public internal(set) var shed = 0
  /// Thrown away when it was their turn: whoever asked no longer waits.
  public internal(set) var expired = 0
  /// Lost with the region.
  public internal(set) var lost = 0
  /// Of those served: requests that nobody waited for any more.
  public internal(set) var wasted = 0
  /// How long each of those served had waited for a replica.
  public internal(set) var waits: [Duration] = []
  /// How many replicas served, whenever that changed.
  public private(set) var replicas: [(at: Instant, count: Int)] = []
  /// How often a machine was not to be had.
  public internal(set) var stockOuts = 0
  /// Configuration that a reconciler applied, and what it found changed by hand.
  public internal(set) var applied: [(at: Instant, revision: Int)] = []
  public internal(set) var reverted: [Instant] = []

  private var begins = Instant.never
  private var last = Instant.zero
  /// Since the tier exists.
  private(set) var busyTime: Int64 = 0

  public init() {}

  /// Counting begins; what was before is forgotten, but for what the autoscaler measures.
  mutating func begin(at now: Instant, replicas count: Int) {
    let before = busyTime
    self = TierLog()
    busyTime = before
    last = now
    begins = now
    replicas = [(now, count)]
  }

  var hasBegun: Bool { begins != .never }

  mutating func count(replicas count: Int, at now: Instant) {
    guard hasBegun, replicas.last?.count != count else { return }
    replicas.append((now, count))
  }

  mutating func countArrival(at now: Instant) {
    guard let step = step(at: now) else { return }
    steps[step].arrivals += 1
  }

  mutating func sawQueue(_ length: Int, at now: Instant) {
    guard let step = step(at: now) else { return }
    steps[step].longestQueue = max(steps[step].longestQueue, length)
  }

  /// So many replicas have been busy and ready since the last time.
  mutating func pass(to now: Instant, busy: Int, ready: Int) {
    busyTime += (now - last).nanoseconds * Int64(busy)
    var at = max(last, begins)
    last = now
    while at < now, let index = step(at: at) {
      let end = min(now, begins + Self.step * (index + 1))
      steps[index].busy += (end - at).nanoseconds * Int64(busy)
      steps[index].ready += (end - at).nanoseconds * Int64(ready)
      at = end
    }
  }

  private mutating func step(at now: Instant) -> Int? {
    guard now >= begins else { return nil }
    let index = Int((now - begins).nanoseconds / Self.step.nanoseconds)
    while steps.count <= index { steps.append(Step()) }
    return index
  }
}

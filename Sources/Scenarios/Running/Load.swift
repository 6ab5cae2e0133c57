// How hard the clients push: closed loop (each asks again some time after its answer) or open loop
// (operations arrive whether or not earlier ones are done; latency counts from the intended start,
// so that a stall is not hidden by the clients that wait in it: Tene, "How NOT to Measure Latency").

import Simulation

/// The load that all clients make together.
public struct Load: Sendable {
  public enum Arrival: Sendable, Hashable {
    /// Each client waits so long between an answer and its next operation.
    case closed(think: Duration)
    /// Over all clients an operation begins every so often on average, at random (memoryless) times.
    case open(every: Duration)
  }
  public let clientsPerRegion: Int
  public let arrival: Arrival
  /// After so long a client gives up: the outcome is unknown, and it goes on as a new process.
  public let timeout: Duration
  /// How often a client asks another region than its own.
  public let roam: Ratio

  /// What a workload has that says nothing of its load.
  static var standard: Load {
    var options = Options.defaults(in: Topology([]))
    return Load(&options)
  }

  /// Reads the options that all workloads share.
  public init(_ options: inout Options) {
    clientsPerRegion = options.integer(
      "clients-per-region", default: 5, in: 0...10_000, "clients beside each region")
    let think = options.duration(
      "think", default: .milliseconds(100), "closed loop: pause between an answer and the next")
    timeout = options.duration(
      "timeout", default: .seconds(2), in: .milliseconds(1)...(.seconds(3600)),
      "after so long a client gives up, and the outcome is unknown")
    roam = options.ratio(
      "roam", default: .never,
      "how often a client asks some other region than its own; sessions then span regions")
    let about = "open loop: operations a second of all clients together, such as 200/s"
    if let rate = options.setting("rate", "rate", about),
      let every = Quantity.rate(rate, "rate", options.problems)
    {
      if options.has("think") {
        options.reject("rate", "rate (open loop) and think (closed loop) exclude each other")
      }
      arrival = .open(every: every)
    } else {
      arrival = .closed(think: think)
    }
  }

  /// A memoryless interval with the given mean, by an integer table of -ln(1 - u).
  static func interval(mean: Duration, _ random: inout Random) -> Duration {
    let bits = random.next()
    let index = Int(bits >> 57)
    let fraction = Int64((bits >> 41) & 0xffff)
    let low = exponential[index]
    let point = low + ((exponential[index + 1] - low) * fraction) >> 16
    return Duration(nanoseconds: mean.nanoseconds / 1_000 * point / 65_536 * 1_000 + 1)
  }

  /// -ln(1 - i/128) in 1/65536; the last, infinite, is -ln(1/1024).
  private static let exponential: [Int64] = [
    0, 514, 1032, 1554, 2081, 2611, 3146, 3686, 4230, 4778,
    5331, 5889, 6451, 7019, 7591, 8169, 8751, 9339, 9932, 10530,
    11135, 11744, 12360, 12981, 13608, 14241, 14880, 15526, 16178, 16837,
    17502, 18174, 18854, 19540, 20233, 20934, 21643, 22359, 23083, 23815,
    24556, 25305, 26063, 26829, 27605, 28390, 29184, 29988, 30802, 31627,
    32461, 33307, 34164, 35032, 35911, 36803, 37707, 38624, 39553, 40496,
    41453, 42424, 43409, 44410, 45426, 46458, 47507, 48572, 49656, 50757,
    51877, 53017, 54177, 55358, 56561, 57786, 59034, 60307, 61604, 62928,
    64280, 65659, 67069, 68509, 69982, 71489, 73031, 74610, 76228, 77887,
    79590, 81338, 83133, 84979, 86879, 88836, 90852, 92933, 95082, 97304,
    99603, 101987, 104460, 107030, 109706, 112495, 115408, 118457, 121654, 125016,
    128559, 132305, 136278, 140508, 145029, 149886, 155132, 160834, 167080, 173985,
    181704, 190455, 200558, 212507, 227130, 245984, 272557, 317983, 454261,
  ]
}

// How hard the clients push: closed loop (each asks again some time after its answer) or open loop
// (operations arrive whether or not earlier ones are done; latency counts from the intended start,
// so that a stall is not hidden by the clients that wait in it: Tene, "How NOT to Measure Latency").

import Simulation
import Traffic

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
  /// When a client sends again what failed; nil: it does not.
  public let retries: RetryRules?

  /// Whether a client's requests may go to some other region than its own.
  public var roams: Bool { roam != .never || retries?.goesOn ?? false }

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
    retries = options.setting(
      "retries", "retries", "when a client sends again what failed; otherwise it does not"
    ).map { [topology = options.topology, problems = options.problems] in
      var section = Options($0, topology: topology, problems: problems)
      return RetryRules(&section)
    }
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
}

extension RetryRules {
  /// Reads `retries`.
  init(_ options: inout Options) {
    self.init()
    attempts = options.integer(
      "attempts", default: attempts, in: 1...1_000,
      "how often a request is sent at most, the first included")
    let range = Duration.zero...Duration.seconds(3_600)
    backoff = options.duration(
      "backoff", default: backoff, in: range, "the first pause; each further one is twice as long")
    longestBackoff = options.duration(
      "longest-backoff", default: longestBackoff, in: range, "but no longer than this")
    jitter = options.flag(
      "jitter", default: jitter, "whether pauses are drawn between none and their length")
    let share = options.ratio(
      "budget", default: .percent(20),
      "retries for each request in the long run; no limit unless given")
    budget = options.has("budget") ? share : nil
    saves = options.integer(
      "saves", default: saves, in: 1...1_000,
      "with a budget: the most retries that a client can save up")
    goesOn = options.flag(
      "next-region", default: goesOn,
      "whether a retry asks the next region, unless traffic: directs")
    options.finish()
    if options.has("saves"), budget == nil { options.reject("saves", "saves: there is no budget") }
  }
}

// The `capacity` of a scenario: what each region's app tier can serve, how that follows the load, and how
// a change of it gets to the regions.

import Simulation
import Traffic

/// The app tiers of a scenario.
public struct CapacityPlan: Sendable {
  /// By region.
  public let tiers: [TierRules]
  /// How configuration reaches regions, if it is changed while clients work.
  public let reconciled: ReconcilerRules?

  /// Reads `capacity`.
  ///
  /// - Parameter load: How long clients wait is known to a tier that sheds by deadline.
  init(_ options: inout Options, load: Load) {
    var standard = TierRules(replicas: 4, serviceTime: .milliseconds(20))
    standard.patience = load.timeout
    let base = TierRules(&options, over: standard)
    var tiers = Array(repeating: base, count: options.topology.count)
    if let regions = options.setting(
      "regions", "tiers by region", "what is different in some regions: {eu-west-1: {replicas: 6}}")
    {
      if case .map(let entries) = regions.content {
        for entry in entries {
          let name = Setting(.scalar(entry.name, quoted: false), mark: entry.mark)
          guard let region = options.region(name) else { continue }
          var own = Options(
            entry.value, topology: options.topology, problems: options.problems)
          tiers[region.index] = TierRules(&own, over: base)
          own.finish()
        }
      } else {
        options.problems.report(
          regions.mark,
          "regions: expected a map such as {eu-west-1: {replicas: 6}}, found \(regions.kind)"
        )
      }
    }
    reconciled = options.setting(
      "gitops", "gitops", "changes are committed, and controllers bring them to the regions"
    ).map { [topology = options.topology, problems = options.problems] in
      var section = Options($0, topology: topology, problems: problems)
      return ReconcilerRules(&section)
    }
    options.finish()
    self.tiers = tiers
  }

  /// What clients ask, if that is known beforehand, against what there is.
  public func headroom(_ load: Load) -> Headroom? {
    guard case .open(let every) = load.arrival, !tiers.isEmpty else { return nil }
    let rate = 1 / every.seconds
    return Headroom(
      offered: tiers.map { _ in rate / Double(tiers.count) },
      capacity: tiers.map { $0.capacity($0.replicas) })
  }
}

extension TierRules {
  /// Requests a second of so many replicas.
  public func capacity(_ replicas: Int) -> Double { Double(replicas) / serviceTime.seconds }

  /// Reads what a tier is like, over what others are.
  init(_ options: inout Options, over base: TierRules) {
    self = base
    let many = 1...TierRules.mostReplicas
    replicas = options.integer(
      "replicas", default: base.replicas, in: many, "how many serve from the beginning")
    if let rate = options.setting(
      "rate", "rate", "requests a second that one replica serves, such as 50/s")
    {
      serviceTime = Quantity.rate(rate, "rate", options.problems) ?? base.serviceTime
    }
    service = options.choice(
      "service", default: base.service, "how the time of one service is distributed")
    shedding = options.choice(
      "shed", default: base.shedding,
      "who is turned away: nobody, who finds the queue full, or who has waited too long"
    )
    readQueue(&options)
    patience = options.duration(
      "deadline", default: base.patience, in: .milliseconds(1)...Duration.seconds(3_600),
      "with shed: deadline, how long is too long; as long as clients wait unless given")
    if options.has("deadline"), shedding != .deadline {
      options.reject("deadline", "deadline: nobody is turned away by it; add shed: deadline")
    }
    start = options.duration(
      "pod-start", default: base.start,
      "from an order for a replica that has room to its first request"
    )
    if let setting = options.setting(
      "autoscaler", "autoscaler", "how the number of replicas follows the load")
    {
      var section = Options(setting, topology: options.topology, problems: options.problems)
      autoscaler = AutoscalerRules(&section, replicas: replicas)
    }
    if let setting = options.setting(
      "nodes", "nodes", "the machines that replicas run on; without it there is always room")
    {
      var section = Options(setting, topology: options.topology, problems: options.problems)
      nodes = NodeRules(&section)
    }
  }

  private mutating func readQueue(_ options: inout Options) {
    let standard = longestQueue ?? 100
    let most = options.integer(
      "queue", default: standard, in: 0...10_000_000,
      "the most that wait, if there is to be a most: shed: queue, or shed: deadline")
    switch shedding {
    case .queue: longestQueue = most
    case .deadline: longestQueue = options.has("queue") ? most : longestQueue
    case .none:
      longestQueue = nil
      if options.has("queue") {
        options.reject("queue", "queue: everybody waits unless shed: says who is turned away")
      }
    }
  }
}

extension AutoscalerRules {
  /// Reads `autoscaler`.
  init(_ options: inout Options, replicas: Int) {
    self.init(least: replicas, most: replicas)
    least = options.integer(
      "min", default: replicas, in: 1...100_000,
      "the fewest replicas; as at the beginning unless given"
    )
    most = options.integer(
      "max", default: replicas * 4, in: 1...TierRules.mostReplicas,
      "the most; four times as many unless given")
    target = options.ratio(
      "target", default: target, "share of their time that replicas are to be busy")
    let range = Duration.milliseconds(100)...Duration.seconds(3_600)
    interval = options.duration("interval", default: interval, in: range, "how often it decides")
    metrics = options.duration(
      "metrics", default: metrics, in: range,
      "how often its metric is renewed, an average over as long")
    tolerance = options.ratio(
      "tolerance", default: tolerance, "a metric so near to the target changes nothing")
    stabilisation = options.duration(
      "stabilisation", default: stabilisation, "there are fewer replicas only after so long")
    options.finish()
    if target == .never {
      options.reject("target", "target: idle replicas would be infinitely many")
    }
    if least > most { options.reject("min", "min: \(least) is more than max, \(most)") }
  }
}

extension NodeRules {
  /// Reads `nodes`.
  init(_ options: inout Options) {
    self.init()
    pods = options.integer("pods", default: pods, in: 1...10_000, "replicas on one machine")
    spare = options.integer(
      "spare", default: spare, in: 0...100_000, "replicas that still fit on the machines there are")
    scan = options.duration(
      "scan", default: scan, in: .milliseconds(100)...Duration.seconds(3_600),
      "how often somebody looks for replicas without room")
    provisioning =
      options.latency(
        "provisioning", default: "{min: 180s, max: 240s}", "from asking for a machine to having it")
      ?? provisioning
    stockOut = options.ratio(
      "stock-out", default: stockOut, "how often the provider has no machine when asked for one")
    backoff = options.duration(
      "backoff", default: backoff, in: .seconds(1)...Duration.seconds(86_400),
      "how long it is not asked again then")
    let about = "the most machines that can be added; as many as wanted unless given"
    let most = options.integer("limit", default: 100_000, in: 0...100_000, about)
    limit = options.has("limit") ? most : nil
    options.finish()
  }
}

extension ReconcilerRules {
  /// Reads `gitops`.
  init(_ options: inout Options) {
    let controller = options.choice(
      "controller", default: Controller.argoCD, "whose usual times hold unless they are given")
    let interval = options.duration(
      "interval", default: controller.interval, in: .milliseconds(100)...Duration.seconds(86_400),
      "how often each region's controller compares")
    let jitter = options.duration(
      "jitter", default: options.has("interval") ? .zero : controller.jitter,
      in: .zero...Duration.seconds(86_400), "up to so much is added to each interval")
    let selfHeal = options.flag(
      "self-heal", default: true, "whether replicas that were changed by hand are put back")
    let about = "what is committed when: {at: 60s, replicas: 12}, with region: for one alone"
    let commits = options.setting("commits", "list of commits", about)
    self.init(
      interval: interval, jitter: jitter, selfHeal: selfHeal,
      commits: commits.map { Commit.list($0, options.topology, options.problems) } ?? [])
    options.finish()
  }
}

extension Commit {
  /// Reads `commits`; they come out in the order of their times.
  static func list(_ setting: Setting, _ topology: Topology, _ problems: Problems) -> [Commit] {
    guard case .list(let elements) = setting.content else {
      problems.report(setting.mark, "commits: expected a list, found \(setting.kind)")
      return []
    }
    let commits = elements.map {
      var options = Options($0, topology: topology, problems: problems)
      return Commit(&options)
    }
    return commits.enumerated().sorted {
      ($0.element.at, $0.offset) < ($1.element.at, $1.offset)
    }.map(\.element)
  }

  /// Reads one of `commits`.
  init(_ options: inout Options) {
    self.init(at: options.duration("at", default: .zero, "when, after the first operation"))
    let about = "the region concerned; all unless given"
    if let setting = options.setting("region", "region", about) { region = options.region(setting) }
    let count = options.integer(
      "replicas", default: 1, in: 1...TierRules.mostReplicas,
      "how many replicas; with an autoscaler, at least")
    replicas = options.has("replicas") ? count : nil
    let shed = options.choice("shed", default: TierRules.Shedding.none, "who is turned away")
    shedding = options.has("shed") ? shed : nil
    let most = options.integer("queue", default: 100, in: 0...10_000_000, "the most that wait")
    longestQueue = options.has("queue") ? most : nil
    options.finish()
    if replicas == nil, shedding == nil, longestQueue == nil {
      options.reject("at", "a commit changes something: replicas:, shed: or queue:")
    }
  }
}

// From a tree of settings to a scenario. Reads on after a mistake, with a default in its place, so
// that all mistakes are told; only where the regions are unknown it stops, since every other name
// would then be wrong.

import Simulation
import Storage

/// Decodes one scenario.
struct ScenarioReader {
  let catalog: StrategyCatalog
  let problems: Problems
  /// What a scenario without a name is called.
  let stem: String

  /// The longest workload phase.
  static let longest = Duration.seconds(24 * 3600)

  /// The scenario; what is wrong with it goes to `problems`.
  func read(_ tree: Setting) -> Scenario? {
    guard case .map = tree.content else {
      problems.report(
        tree.mark, "expected a map with regions, strategy and so on, found \(tree.kind)")
      return nil
    }
    var names = Options(tree, topology: Topology([]), problems: problems)
    let regions = readRegions(&names)
    let topology = Topology(regions.map(\.name))
    var top = Options(
      tree, topology: topology, problems: problems, alsoKnown: ["variants", "twin"])
    let head = Head(&top, stem: stem)
    let bug = top.section("bug", "the published failure that it reproduces").map {
      var section = $0
      return KnownBug(&section)
    }
    let preset = top.section("preset", "the managed database that it models").map {
      var section = $0
      return Preset(&section)
    }
    let sections = Sections(&top)
    top.finish()
    guard topology.count > 0 else { return nil }

    var network = section(sections.network, topology)
    let networkPlan = NetworkPlan(&network, regionMarks: regions.map(\.mark))
    let costPlan = sections.cost.map {
      var options = section($0, topology)
      return CostPlan(&options, network: networkPlan.preset)
    }
    let requirements = sections.requirements.map {
      var options = section($0, topology)
      return Requirement.list(&options)
    }
    var machine = section(sections.machine, topology)
    var machinePlan = Machine(&machine)
    var clocks = section(sections.clocks, topology)
    let clockPlan = ClockPlan(&clocks)
    let workload = WorkloadPlan(
      sections.workload ?? Setting(.map([])), topology: topology, problems)
    let traffic = workload.flatMap { readTraffic(sections, networkPlan, $0.load) }
    let capacity = workload.flatMap { workload in
      sections.capacity.map {
        var options = section($0, topology)
        return CapacityPlan(&options, load: workload.load)
      }
    }
    let faults = sections.faults.map {
      FaultPlan.list($0, topology: topology, duration: head.duration, problems)
    }
    for fault in faults ?? [] { examine(fault, traffic) }
    let invariants = sections.invariants.map {
      Invariant.list($0, topology: topology, problems)
    }
    let expectations = sections.expect.map { Expectation.list($0, problems) }
    if sections.strategy == nil {
      problems.report(
        tree.mark, "strategy: is missing; known kinds: \(catalog.names.joined(separator: ", "))")
    }
    guard
      let strategy = sections.strategy.flatMap({
        StrategyPlan($0, catalog, topology: topology, problems)
      })
    else { return nil }
    let runbook = sections.runbook.map {
      var options = section($0, topology)
      return RunbookPlan(
        &options,
        RunbookPlan.Surroundings(
          routing: traffic?.routing, offersWrites: strategy.strategy.supports(.write(0, 0)),
          hasCapacity: capacity != nil))
    }
    guard let workload else { return nil }
    for need in workload.source.needs where !strategy.strategy.supports(need.operation) {
      problems.report(
        sections.workload?.mark ?? tree.mark,
        "workload: \(strategy.name) does not offer \(need.name); leave it out of mix")
    }
    for invariant in invariants ?? [] { examine(invariant, strategy, topology) }
    if let durability = strategy.durability {
      if machine.has("durability"), machinePlan.durability != durability.value {
        problems.report(durability.mark, "durability: machine.durability says something else")
      }
      machinePlan.durability = durability.value
    }
    return Scenario(
      name: head.name, about: head.about, variant: nil, bug: bug, preset: preset, seed: head.seed,
      topology: topology,
      network: networkPlan, machine: machinePlan, clocks: clockPlan, strategy: strategy,
      workload: workload, traffic: traffic, capacity: capacity, duration: head.duration,
      settle: head.settle,
      faults: faults ?? [], invariants: invariants ?? [], expectations: expectations ?? [],
      cost: costPlan, runbook: runbook, requirements: requirements ?? [], source: tree)
  }

  /// Where clients live, and how they are directed.
  private func readTraffic(
    _ sections: Sections, _ network: NetworkPlan, _ load: Load
  ) -> TrafficPlan? {
    guard let mark = sections.places?.mark ?? sections.traffic?.mark else { return nil }
    if load.retries?.goesOn == true {
      problems.report(
        mark, "next-region: clients with places or traffic go where they are directed")
    }
    if load.roam != .never {
      problems.report(mark, "roam: clients with places or traffic go where they are directed")
    }
    let places =
      sections.places.map { PlacesPlan($0, network: network, load: load, problems) }
      ?? PlacesPlan(beside: network, load: load)
    guard let traffic = sections.traffic else { return TrafficPlan(places: places) }
    var options = section(traffic, network.topology)
    return TrafficPlan(&options, places: places)
  }

  /// Reports a fault of something that the scenario does not have.
  private func examine(_ plan: FaultPlan, _ traffic: TrafficPlan?) {
    guard type(of: plan.fault).needsTraffic else { return }
    if traffic?.clientsMove != true {
      problems.report(
        plan.mark, "\(plan.kind): there is nothing to direct clients by; add traffic: with a policy"
      )
    } else if plan.fault is StalePlan, traffic?.routing.plans == nil {
      problems.report(plan.mark, "\(plan.kind): there are no plans; add plans: to traffic:")
    }
  }

  /// Reports a query that the strategy's databases cannot answer.
  private func examine(_ invariant: Invariant, _ plan: StrategyPlan, _ topology: Topology) {
    guard !invariant.sql.isEmpty else { return }
    do {
      _ = try SQLiteStore(plan.strategy.schema(in: topology)).query(invariant.sql, limit: 1)
    } catch let error as SQLiteError {
      problems.report(invariant.mark, "sql: \(error.message)")
    } catch {
      problems.report(invariant.mark, "sql: \(error)")
    }
  }

  private func section(_ setting: Setting?, _ topology: Topology) -> Options {
    Options(setting ?? Setting(.map([])), topology: topology, problems: problems)
  }

  /// The regions' names, each once, and where they stand.
  private func readRegions(_ options: inout Options) -> [(name: String, mark: Mark)] {
    guard let setting = options.setting("regions", "list of names", "the regions") else {
      problems.report(options.mark, "regions: is missing; such as regions: [us, eu, asia]")
      return []
    }
    guard case .list(let elements) = setting.content, !elements.isEmpty else {
      let found = setting.kind == "a list" ? "an empty list" : setting.kind
      problems.report(setting.mark, "regions: expected a list of names, found \(found)")
      return []
    }
    var regions: [(name: String, mark: Mark)] = []
    for element in elements {
      guard case .scalar(let name, _) = element.content else {
        problems.report(element.mark, "regions: expected a name, found \(element.kind)")
        continue
      }
      if let why = Self.objection(to: name) {
        problems.report(element.mark, "'\(name)' cannot name a region: \(why)")
      } else if regions.contains(where: { $0.name == name }) {
        problems.report(element.mark, "region '\(name)' is named twice")
      } else if regions.count == Topology.most {
        problems.report(element.mark, "more than \(Topology.most) regions")
        break
      } else {
        regions.append((name, element.mark))
      }
    }
    return regions
  }

  private static func objection(to name: String) -> String? {
    let words =
      RegionChoice.Word.allCases.map(\.rawValue) + Split.Draw.allCases.map(\.rawValue)
    if words.contains(name) { return "faults use that word" }
    let isPlain = name.unicodeScalars.allSatisfy {
      ("a"..."z").contains($0) || ("A"..."Z").contains($0) || ("0"..."9").contains($0)
        || "-_.".unicodeScalars.contains($0)
    }
    if name.isEmpty || !isPlain { return "use letters, digits, '-', '_' and '.'" }
    return name.utf8.count > 64 ? "it is longer than 64 letters" : nil
  }
}

/// The single values at the top of a scenario.
struct Head {
  let name: String
  let about: String
  let seed: UInt64
  let duration: Duration
  let settle: Duration

  init(_ top: inout Options, stem: String) {
    name = top.text("name", default: nil, "its name; otherwise the file's") ?? stem
    about = top.text("about", default: nil, "what it shows") ?? ""
    seed = UInt64(
      top.integer("seed", default: 1, in: 0...Int.max, "decides everything left to chance"))
    duration = top.duration(
      "duration", default: .seconds(30), in: .milliseconds(1)...ScenarioReader.longest,
      "how long clients work and faults happen")
    settle = top.duration(
      "settle", default: .seconds(60), in: .milliseconds(1)...ScenarioReader.longest,
      "how long the regions may take to come to rest after faults are healed")
  }
}

/// The trees at the top of a scenario.
struct Sections {
  let regions: Setting?
  let network: Setting?
  let machine: Setting?
  let clocks: Setting?
  let strategy: Setting?
  let workload: Setting?
  let places: Setting?
  let traffic: Setting?
  let capacity: Setting?
  let faults: Setting?
  let invariants: Setting?
  let expect: Setting?
  let cost: Setting?
  let requirements: Setting?
  let runbook: Setting?

  init(_ top: inout Options) {
    regions = top.setting("regions", "regions", "the regions' names, 1 to \(Topology.most)")
    network = top.setting("network", "network", "latencies and properties of links")
    machine = top.setting("machine", "machine", "what the regions' servers are like")
    clocks = top.setting("clocks", "clocks", "how wrong clocks are from the beginning")
    strategy = top.setting("strategy", "strategy", "how data is replicated")
    workload = top.setting("workload", "workload", "what clients do")
    places = top.setting("places", "places", "where clients live; otherwise beside the regions")
    traffic = top.setting("traffic", "traffic", "how clients find a region")
    capacity = top.setting("capacity", "capacity", "what regions' app tiers can serve")
    faults = top.setting("faults", "faults", "what breaks, and when")
    invariants = top.setting("invariants", "invariants", "queries on every region's database")
    expect = top.setting("expect", "expect", "what must come out; checked besides the promises")
    cost = top.setting("cost", "cost", "whose prices, and how much larger the real system is")
    runbook = top.setting(
      "runbook", "runbook", "what people or machines do when a region fails, step by step")
    requirements = top.setting(
      "requirements", "requirements", "what a design must keep to be chosen by splitbrain decide")
  }
}

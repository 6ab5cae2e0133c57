// A scenario: everything a run depends on but the program itself. Loading one gives it, or all that
// is wrong with it at once.

import Foundation
import Simulation

/// What to run, under which conditions, and what should come out.
public struct Scenario: Sendable {
  public internal(set) var name = ""
  /// One or two sentences on what it shows.
  public internal(set) var about = ""
  /// Which of its file's variants it is.
  public internal(set) var variant: String?
  /// The published failure that it reproduces, if it belongs to the catalogue.
  public internal(set) var bug: KnownBug?
  /// The managed database that it models, if it is a preset.
  public internal(set) var preset: Preset?
  public var seed: UInt64 = 1
  public internal(set) var topology = Topology([])
  public internal(set) var network: NetworkPlan
  public internal(set) var machine: Machine
  public internal(set) var clocks: ClockPlan
  public internal(set) var strategy: StrategyPlan
  public internal(set) var workload: WorkloadPlan
  /// Where clients live and how they find a region; nil: each beside the region that it asks.
  public internal(set) var traffic: TrafficPlan?
  /// What regions' app tiers can serve; nil: whatever comes.
  public internal(set) var capacity: CapacityPlan?
  /// How long clients work and faults happen.
  public internal(set) var duration: Duration
  /// After the faults are healed: how long the regions may take to come to rest.
  public internal(set) var settle: Duration
  /// Take some out and the others do just what they did.
  public var faults: [FaultPlan]
  public internal(set) var invariants: [Invariant]
  public internal(set) var expectations: [Expectation]
  /// How to price it, if it says.
  public internal(set) var cost: CostPlan?
  /// What people or machines do when a region fails, if it says.
  public internal(set) var runbook: RunbookPlan?
  /// What a design must keep to be chosen.
  public internal(set) var requirements: [Requirement]
  /// The tree it was decoded from, overrides included: to write it back.
  public internal(set) var source: Setting

  /// Whether it is the safe side of a catalogue scenario.
  public var isTwin: Bool { bug != nil && variant == Variant.twin }

  /// Whether a client may ask one region now and another later: what a strategy promises to clients
  /// that stay is then not promised.
  public var clientsMove: Bool { traffic?.clientsMove ?? false || workload.load.roams }

  /// Its name, and its variant's.
  public var title: String { variant.map { "\(name) / \($0)" } ?? name }

  /// Reads a scenario file.
  ///
  /// - Returns: The scenario, or one for each variant, in the file's order; never nothing.
  /// - Throws: All that is wrong with it.
  public static func load(
    path: String, catalog: StrategyCatalog = Catalog.strategyCatalog, overrides: [String] = [],
    strategies: [String] = []
  ) throws(ScenarioError) -> [Scenario] {
    func failure(_ message: String) -> ScenarioError {
      let problem = Problem(mark: Mark(line: 1, column: 1), message: message)
      return ScenarioError(file: path, problems: [problem])
    }
    guard let file = FileHandle(forReadingAtPath: path) else {
      throw failure("there is no such file, or it may not be read")
    }
    // One byte more than allowed shows that it is too long, however long it is.
    let data: Data?
    do { data = try file.read(upToCount: SettingParser.mostBytes + 1) } catch {
      throw failure("it cannot be read; is it a folder?")
    }
    return try load(
      data ?? Data(), file: path, catalog: catalog, overrides: overrides, strategies: strategies)
  }

  /// Reads a scenario from the text of a file.
  ///
  /// - Parameters:
  ///   - file: The file's name, for messages; a scenario without a name is called after it.
  ///   - overrides: `path=value`, as `--set` takes them; they hold for every variant.
  ///   - strategies: Kinds of strategy, each to make a variant of; for a file without variants.
  /// - Throws: All that is wrong with it.
  public static func load(
    _ text: some Collection<UInt8>, file: String, catalog: StrategyCatalog,
    overrides: [String] = [], strategies: [String] = []
  ) throws(ScenarioError) -> [Scenario] {
    let problems = Problems()
    var parsed = SettingParser.parse(text, problems)
    if !strategies.isEmpty {
      parsed = parsed.map { Variant.ofStrategies(strategies, $0, problems) }
    }
    let changes = overrides.enumerated().compactMap { Override($1, number: $0 + 1, problems) }
    var scenarios: [Scenario] = []
    if let parsed {
      let stem = file.split(separator: "/").last?.split(separator: ".").first.map(String.init)
      for variant in Variant.expand(parsed, problems) {
        let tree = changes.reduce(variant.tree) { $1.apply(to: $0, problems) }
        let reader = ScenarioReader(catalog: catalog, problems: problems, stem: stem ?? "scenario")
        if var scenario = reader.read(tree) {
          scenario.variant = variant.name
          scenarios.append(scenario)
        }
      }
    }
    guard problems.all.isEmpty, !scenarios.isEmpty else {
      throw ScenarioError(file: file, problems: problems.all, overrides: overrides)
    }
    return scenarios
  }
}

/// One of a file's variants: the file's tree with some of its top-level keys replaced.
struct Variant {
  static let keys = [
    "strategy", "workload", "network", "machine", "clocks", "places", "traffic", "capacity",
    "faults", "invariants", "expect", "cost", "runbook",
  ]
  /// The names of the two sides of a catalogue scenario.
  static let unsafe = "unsafe"
  static let twin = "twin"

  let name: String?
  let tree: Setting

  /// A file without variants as one with a variant for each of some kinds of strategy, which say nothing of
  /// what they expect.
  static func ofStrategies(_ kinds: [String], _ root: Setting, _ problems: Problems) -> Setting {
    guard case .map(let entries) = root.content else { return root }
    for entry in entries where ["variants", "twin"].contains(entry.name) {
      problems.report(
        entry.mark, "the file has \(entry.name): they are the candidates, not strategies by kind")
    }
    func scalar(_ text: String) -> Setting {
      Setting(.scalar(text, quoted: false), mark: root.mark)
    }
    func entry(_ name: String, _ value: Setting) -> Setting.Entry {
      Setting.Entry(name: name, mark: root.mark, value: value)
    }
    let variants = kinds.map { kind in
      Setting(
        .map([
          entry("name", scalar(kind)),
          entry("strategy", Setting(.map([entry("kind", scalar(kind))]), mark: root.mark)),
          entry("expect", Setting(.map([]), mark: root.mark)),
        ]), mark: root.mark)
    }
    let list = Setting(.list(variants), mark: root.mark)
    return Setting(.map(entries + [entry("variants", list)]), mark: root.mark)
  }

  /// The variants of a file, or the file itself if it has none.
  static func expand(_ root: Setting, _ problems: Problems) -> [Variant] {
    guard case .map(let entries) = root.content else { return [Variant(name: nil, tree: root)] }
    let base = entries.filter { $0.name != "variants" && $0.name != "twin" }
    let variants = entries.first { $0.name == "variants" }
    if let twin = entries.first(where: { $0.name == "twin" }) {
      if let variants { problems.report(variants.mark, "variants: do not go with twin:") }
      return pair(twin.value, base, root.mark, problems)
    }
    guard let variants else { return [Variant(name: nil, tree: root)] }
    guard case .list(let elements) = variants.value.content, !elements.isEmpty else {
      let found = variants.value.kind == "a list" ? "an empty list" : variants.value.kind
      problems.report(variants.value.mark, "variants: expected a list, found \(found)")
      return [Variant(name: nil, tree: Setting(.map(base), mark: root.mark))]
    }
    var names: [String] = []
    return elements.compactMap { element in
      var options = Options(
        element, topology: Topology([]), problems: problems, alsoKnown: keys)
      let name = options.text("name", default: nil, "the variant's name in reports")
      options.finish()
      guard case .map(let changes) = element.content else { return nil }
      if let name {
        if names.contains(name) { options.reject("name", "'\(name)' names two variants") }
        names.append(name)
      } else {
        options.reject("name", "a variant needs a name")
      }
      return Variant(name: name, tree: replaced(base, changes, root.mark))
    }
  }

  /// The file itself, and its safe twin.
  private static func pair(
    _ twin: Setting, _ base: [Setting.Entry], _ mark: Mark, _ problems: Problems
  ) -> [Variant] {
    let options = Options(twin, topology: Topology([]), problems: problems, alsoKnown: keys)
    options.finish()
    let whole = Variant(name: unsafe, tree: Setting(.map(base), mark: mark))
    guard case .map(let changes) = twin.content else { return [whole] }
    return [whole, Variant(name: Self.twin, tree: replaced(base, changes, mark))]
  }

  private static func replaced(
    _ base: [Setting.Entry], _ changes: [Setting.Entry], _ mark: Mark
  ) -> Setting {
    let replaced = changes.filter { keys.contains($0.name) }
    let kept = base.filter { entry in !replaced.contains { $0.name == entry.name } }
    return Setting(.map(kept + replaced), mark: mark)
  }
}

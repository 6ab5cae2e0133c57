// Where the answer flips: the same decision with regions farther apart, with more conflicts, with other times
// to live. A choice that changes at twice the latency is a choice for today; one that never changes is safe.

import Checking
import Simulation

/// Something to turn: a setting with the values to try.
public struct Lever: Sendable, Hashable {
  public enum Kind: Sendable, Hashable {
    case factor, count, rate, duration
  }
  public let name: String
  /// Where it is in a scenario.
  public let path: [String]
  public let kind: Kind
  /// What to multiply it by.
  public let factors: [Ratio]

  private init(_ name: String, _ path: String, _ kind: Kind, _ factors: [String]) {
    self.name = name
    self.path = path.split(separator: ".").map(String.init)
    self.kind = kind
    self.factors = factors.compactMap {
      Quantity.signedRatio(Setting(.scalar($0, quoted: false)), name, Problems())
    }
  }

  /// What is tried. Fewer keys and more operations make more conflicts.
  public static let all = [
    Lever("latency between regions", "network.scale", .factor, ["0.5", "2", "4"]),
    Lever("keys", "workload.keys", .count, ["0.25", "0.0625"]),
    Lever("rate", "workload.rate", .rate, ["2", "4"]),
    Lever("time to live", "traffic.ttl", .duration, ["0.25", "4", "16"]),
  ]

  /// The override that multiplies a scenario's value, as `--set` takes it; nil if the scenario does not say
  /// what it is, or it stays the same.
  public func override(of scenario: Scenario, by factor: Ratio) -> String? {
    let name = path.joined(separator: ".")
    let found = path.reduce(Optional(scenario.source)) { $0?.child($1) }
    let times = Double(factor.partsPerBillion) / 1e9
    switch kind {
    case .factor:
      let base = found.flatMap { Quantity.signedRatio($0, name, Problems()) } ?? .always
      let parts = Int64((Double(base.partsPerBillion) * times).rounded())
      return "\(name)=\(Lever.text(Ratio(partsPerBillion: parts)))"
    case .count:
      guard case .scalar(let text, _)? = found?.content, let base = Int(text) else { return nil }
      let count = max(1, Int((Double(base) * times).rounded()))
      return count == base ? nil : "\(name)=\(count)"
    case .rate:
      guard let every = found.flatMap({ Quantity.rate($0, name, Problems()) }) else { return nil }
      let hourly = Int((3.6e12 / Double(every.nanoseconds) * times).rounded())
      return "\(name)=\(hourly)/h"
    case .duration:
      guard let base = found.flatMap({ Quantity.duration($0, name, Problems()) }) else {
        return nil
      }
      return "\(name)=\(base.scaled(by: factor))"
    }
  }

  /// A factor as it would be written: "0.5", "2".
  public static func text(_ factor: Ratio) -> String {
    let rest = factor.partsPerBillion % 1_000_000_000
    let whole = String(factor.partsPerBillion / 1_000_000_000)
    guard rest > 0 else { return whole }
    var digits = String(rest)
    digits = String(repeating: "0", count: 9 - digits.count) + digits
    while digits.hasSuffix("0") { digits.removeLast() }
    return "\(whole).\(digits)"
  }
}

/// A decision with one lever turned.
public struct Turn: Sendable {
  public let factor: Ratio
  /// The first candidate's override.
  public let override: String
  public let comparison: Comparison
  public let decision: Decision

  public init(factor: Ratio, override: String, comparison: Comparison) {
    self.factor = factor
    self.override = override
    self.comparison = comparison
    decision = Decision(comparison.candidates)
  }
}

/// The decisions with a lever turned, each way as far as it goes.
public struct Flip: Sendable {
  public let lever: Lever
  public let turns: [Turn]

  public init(lever: Lever, turns: [Turn]) {
    self.lever = lever
    self.turns = turns
  }

  /// The first turn whose winner is another than before.
  public func first(since winner: String?) -> Turn? {
    turns.first { $0.decision.winner?.name != winner }
  }
}

extension Comparison {
  /// The candidates with a lever turned, on the first so many seeds; nil if none of them has it.
  ///
  /// - Throws: What is wrong with a scenario that is so changed.
  public func turned(
    _ lever: Lever, by factor: Ratio, seeds count: Int
  ) throws(ScenarioError) -> (comparison: Comparison, override: String)? {
    var first: String?
    var turned: [Candidate] = []
    for candidate in candidates {
      guard let override = lever.override(of: candidate.scenario, by: factor) else {
        turned.append(Candidate(candidate.scenario, name: candidate.name, words: candidate.words))
        continue
      }
      first = first ?? override
      let scenario = try candidate.scenario.changed(by: override)
      turned.append(
        Candidate(scenario, name: candidate.name, words: candidate.words + ["--set", override]))
    }
    let few = Array(seeds.prefix(count))
    return first.map { (Comparison(name: name, turned, seeds: few), $0) }
  }
}

extension Scenario {
  /// The scenario with one setting changed as `--set` would.
  func changed(by text: String) throws(ScenarioError) -> Scenario {
    let problems = Problems()
    let override = Override(text, number: 1, problems)
    let tree = override.map { $0.apply(to: source, problems) }
    let reader = ScenarioReader(
      catalog: Catalog.strategyCatalog, problems: problems, stem: name)
    let scenario = tree.flatMap { reader.read($0) }
    guard var scenario, problems.all.isEmpty else {
      throw ScenarioError(file: name, problems: problems.all, overrides: [text])
    }
    scenario.variant = variant
    return scenario
  }
}

extension Setting {
  /// What a map has under a name.
  fileprivate func child(_ name: String) -> Setting? {
    guard case .map(let entries) = content else { return nil }
    return entries.first { $0.name == name }?.value
  }
}

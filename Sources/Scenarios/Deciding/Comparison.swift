// Candidate designs on equal seeds: each seed draws the same load and the same faults for all of them, so that
// what differs is the design.

import Checking
import Foundation
import Simulation

/// A design under comparison.
public struct Candidate: Sendable {
  public let name: String
  public let scenario: Scenario
  /// The words that tell `splitbrain run` to run it, after the scenario's file.
  public let words: [String]
  /// By seed, in order.
  public var samples: [Sample] = []

  public init(_ scenario: Scenario, name: String? = nil, words: [String] = []) {
    self.scenario = scenario
    self.name = name ?? scenario.variant ?? scenario.strategy.name
    self.words = words
  }

  /// A figure over the seeds.
  public func spread(_ figure: Figure) -> Spread { Spread(samples.map { $0[figure] }) }
  public func spread(_ quantity: Figure.Quantity) -> Spread { spread(Figure(quantity)) }

  /// In how many runs a guarantee held and in how many it was judged; the first seed that broke it.
  public func score(_ guarantee: String) -> Score {
    var score = Score()
    for sample in samples {
      switch sample.verdict(on: guarantee) {
      case .holds: score.holds += 1
      case .violated:
        score.violated += 1
        score.firstViolation = score.firstViolation ?? sample.seed
      case .unknown: score.unknown += 1
      case nil: break
      }
    }
    return score
  }
}

/// How a guarantee fared.
public struct Score: Sendable, Hashable {
  public var holds = 0
  public var violated = 0
  public var unknown = 0
  public var firstViolation: UInt64?

  /// Runs in which there was a verdict.
  public var judged: Int { holds + violated }
}

/// Candidates with their runs.
public struct Comparison: Sendable {
  /// The scenario's name.
  public let name: String
  public private(set) var candidates: [Candidate]
  public let seeds: [UInt64]
  /// Bugs of ours that showed up: the table must not be believed.
  public private(set) var defects: [String] = []
  /// How many runs are done.
  public private(set) var runs = 0

  /// - Parameter seeds: The same for every candidate.
  public init(name: String, _ candidates: [Candidate], seeds: [UInt64]) {
    self.name = name
    self.candidates = candidates
    self.seeds = seeds
  }

  /// Compares what a file holds, from its own seed on.
  ///
  /// - Parameters:
  ///   - settings: The overrides that it was loaded with, for replay lines.
  ///   - byStrategy: Whether variants were made of kinds of strategy.
  public init(
    _ scenarios: [Scenario], seeds: Int, settings: [String] = [], byStrategy: Bool = false
  ) {
    let candidates = scenarios.map { scenario -> Candidate in
      let own =
        byStrategy
        ? ["--set", "strategy=\(scenario.strategy.text)", "--set", "expect={}"]
        : scenario.variant.map { ["--variant", $0] } ?? []
      return Candidate(scenario, words: settings.flatMap { ["--set", $0] } + own)
    }
    let first = scenarios.first?.seed ?? 1
    self.init(
      name: scenarios.first?.name ?? "", candidates,
      seeds: (0..<UInt64(max(0, seeds))).map { first &+ $0 })
  }

  /// Whether there is anything to decide by.
  public var hasRequirements: Bool {
    candidates.contains { !$0.scenario.requirements.isEmpty }
  }

  /// How many runs there are to do.
  public var planned: Int { candidates.count * seeds.count }

  /// The worst outcome of all runs: whether promises and expectations were kept.
  public var verdict: Validity {
    candidates.flatMap(\.samples).map(\.outcome).max() ?? .unknown
  }

  /// Names of all guarantees that were judged for some candidate.
  public var guarantees: [String] {
    unique(candidates.flatMap { $0.samples.flatMap { $0.verdicts.map(\.name) } })
  }
  /// Names of all places.
  public var places: [String] { unique(candidates.flatMap { $0.samples.flatMap(\.places) }) }

  private func unique(_ names: [String]) -> [String] {
    var seen: Set<String> = []
    return names.filter { seen.insert($0).inserted }
  }

  /// Runs every candidate with every seed.
  ///
  /// - Parameters:
  ///   - threads: Worlds at a time.
  ///   - progress: Called after each run.
  public mutating func run(
    threads: Int, isInterrupted: () -> Bool = { false }, progress: (Comparison) -> Void = { _ in }
  ) {
    let jobs = seeds.flatMap { seed in candidates.map { Job(scenario: $0.scenario, seed: seed) } }
    Sweep(jobs, RunOptions()).run(threads: threads, isInterrupted: isInterrupted) { job, result in
      let place = runs % candidates.count
      runs += 1
      switch result {
      case .failure(let error):
        defects.append("\(candidates[place].name) seed \(job.seed): \(error)")
      case .success(let outturn):
        add(outturn.run, of: place)
      }
      progress(self)
    }
  }

  private mutating func add(_ run: Run, of place: Int) {
    defects += run.defects.map { "\(candidates[place].name) seed \(run.seed): \($0)" }
    candidates[place].samples.append(Sample(run))
  }
}

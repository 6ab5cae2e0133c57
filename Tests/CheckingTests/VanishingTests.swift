// Observed transactions that vanish: by example; beside the definition, by loops over all pairs of reads of all
// transactions; bugs that random histories would find.

import Histories
import Testing

@testable import Checking

@Suite("Vanishing transactions")
struct VanishingTests {
  private func names(_ values: [String], _ assumptions: VersionAssumptions = []) throws -> [String]
  {
    let lines = values.map { "{:type :ok, :process 0, :f :txn, :value [\($0)]}" }
    let history = try History(edn: Array(lines.joined(separator: "\n").utf8))
    return IsolationAnalysis(history, Facts(versionAssumptions: assumptions)).names
  }

  @Test func whatWasSeenIsMissedLater() throws {
    let write = "[:append :x 1] [:append :y 1]"
    #expect(try names([write, "[:r :x [1]] [:r :y nil]"]).contains("OTV"))
    #expect(try !names([write, "[:r :y nil] [:r :x [1]]"]).contains("OTV"), "it only appeared")
    // Below another's append it was seen all the same.
    #expect(
      try names([write, "[:append :x 2]", "[:r :x [1 2]] [:r :y nil]"]).contains("OTV"))
    // So it was below an element that nobody wrote.
    #expect(try names([write, "[:r :x [1 9]] [:r :y nil]"]).contains("OTV"))
    #expect(try names(["[:w :x 1] [:w :y 1]", "[:r :x 1] [:r :y nil]"]).contains("OTV"))
    #expect(try !names(["[:w :x 1] [:w :y 1]", "[:r :y nil] [:r :x 1]"]).contains("OTV"))
    // Own writes hide what others wrote.
    #expect(
      try !names(["[:w :x 1] [:w :y 1]", "[:r :x 1] [:w :y 2] [:r :y 2]"]).contains("OTV"))
  }

  @Test func registersNeedAnOrder() throws {
    let history = ["[:w :y 1]", "[:r :y 1] [:w :x 2] [:w :y 2]", "[:r :x 2] [:r :y 1]"]
    #expect(try !names(history).contains("OTV"))
    #expect(try names(history, .writesFollowReads).contains("OTV"))
  }

  @Test func itRulesOutMonotonicAtomicView() {
    let vanishing = IsolationBoundary(anomalies: ["OTV"])
    #expect(vanishing.not == ["consistent-view", "monotonic-atomic-view"])
    #expect(vanishing.strongest.contains("strong-read-committed"))
    let skew = IsolationBoundary(anomalies: ["fractured-read"])
    #expect(skew.strongest.contains("monotonic-atomic-view"))
  }

  // MARK: Beside the definition

  private enum Mutant: CaseIterable {
    case noOrderOfSteps, failMayHappen
    /// Of a list only the last element was seen.
    case lastOnly
  }

  private func elements(_ step: Step, _ history: History) -> [Int64] {
    switch step.shape {
    case .scalar: [step.value]
    case .list: Array(history.pool[Int(step.value)..<Int(step.value + step.extra)])
    default: []
    }
  }

  /// Whether a read of a key is older than what a transaction left there.
  private func misses(_ read: Step, _ writer: Int, _ history: History) -> Bool {
    let left = history.steps(of: writer).filter { $0.function != .read && $0.key == read.key }
    guard let last = left.last else { return false }
    let seen = elements(read, history)
    if last.function == .append { return left.contains { !seen.contains($0.value) } }
    guard let value = seen.first else { return true }
    return value != last.value && isBefore(value, last.value, read.key, history)
  }

  /// Whether a value of a register leads to another by transactions that read and then wrote.
  private func isBefore(_ value: Int64, _ other: Int64, _ key: Key, _ history: History) -> Bool {
    var known = [value]
    var place = 0
    while place < known.count {
      for row in 0..<history.count where history.completions[row] == .ok {
        let own = history.steps(of: row).filter { $0.key == key }
        guard let first = own.first, first.function == .read, first.value == known[place],
          first.shape == .scalar, let last = own.last(where: { $0.function == .write })
        else { continue }
        if !known.contains(last.value) { known.append(last.value) }
      }
      place += 1
    }
    return known.dropFirst().contains(other)
  }

  private func vanishes(_ history: History, _ mutant: Mutant? = nil) -> Bool {
    for row in 0..<history.count where history.completions[row] == .ok {
      let steps = Array(history.steps(of: row))
      for (first, earlier) in steps.enumerated() where earlier.function == .read {
        for (second, later) in steps.enumerated() where later.function == .read {
          guard first < second || mutant == .noOrderOfSteps, earlier.key != later.key else {
            continue
          }
          let isHidden = [(earlier, first), (later, second)].contains { step, place in
            steps[..<place].contains { $0.function == .write && $0.key == step.key }
          }
          if isHidden { continue }
          var seen = elements(earlier, history)
          if mutant == .lastOnly { seen = Array(seen.suffix(1)) }
          for writer in 0..<history.count where writer != row {
            if history.completions[writer] == .fail, mutant != .failMayHappen { continue }
            let isSeen = history.steps(of: writer).contains {
              $0.function != .read && $0.key == earlier.key && seen.contains($0.value)
            }
            if isSeen, misses(later, writer, history) { return true }
          }
        }
      }
    }
    return false
  }

  /// A history in which reads that come after others often see nothing.
  private func forgetful(_ history: History, _ dice: inout SmallGenerator) -> History {
    var other = History()
    for row in 0..<history.count {
      var entry = history[row]
      let steps = history.steps(of: row).enumerated().map { place, step in
        var step = step
        guard step.function == .read else { return step }
        let list = place > 0 && dice.chance(60) ? [] : elements(step, history)
        if step.shape == .scalar, list.isEmpty { step.shape = .none }
        if step.shape == .list { (step.value, step.extra) = other.store(list) }
        return step
      }
      (entry.value, entry.extra) = other.store(steps: steps)
      if entry.completion == .ok, dice.chance(10) { entry.completion = .fail }
      other.append(entry)
    }
    return other
  }

  @Test("registers and lists", arguments: [false, true])
  func besideTheDefinition(isList: Bool) throws {
    var random = RandomIsolation(dice: SmallGenerator(isList ? 81 : 82), isList: isList)
    var dice = SmallGenerator(83)
    let rounds = Twins.count(1_000)
    var vanished = 0
    var toldApart = Set<Mutant>()
    var round = 0
    while round < rounds {
      let plain = random.next()
      let history = dice.chance(80) ? forgetful(plain, &dice) : plain
      // Nothing vanishes from who saw nothing, or looked once.
      let isTelling = (0..<history.count).contains { row in
        let reads = history.steps(of: row).filter { $0.function == .read }
        return history.completions[row] == .ok && Set(reads.map(\.key)).count > 1
          && reads.contains { !elements($0, history).isEmpty }
      }
      guard isTelling else { continue }
      round += 1
      let analysis = IsolationAnalysis(history, Facts(versionAssumptions: .writesFollowReads))
      // An assumption that can not be is not used.
      if analysis.names.contains("cyclic-versions") { continue }
      let truth = vanishes(history)
      guard analysis.names.contains("OTV") == truth else {
        Issue.record(
          "round \(round), twin says \(truth): \(analysis.names)\n\(history.picture)")
        return
      }
      vanished += truth ? 1 : 0
      for mutant in Mutant.allCases where vanishes(history, mutant) != truth {
        toldApart.insert(mutant)
      }
      let model = try #require(IsolationModel.named("monotonic-atomic-view"))
      for anomaly in analysis.verdict(model).anomalies where anomaly.name == "OTV" {
        #expect(anomaly.rows.count == 2)
      }
    }
    #expect(vanished * 10 > rounds, "\(vanished) of \(rounds)")
    #expect(vanished * 10 < rounds * 9, "\(vanished) of \(rounds)")
    #expect(toldApart.isSuperset(of: isList ? Mutant.allCases : [.noOrderOfSteps]), "\(toldApart)")
  }
}

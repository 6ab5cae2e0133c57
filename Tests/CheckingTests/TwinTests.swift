// Every checker beside its brute force on small random histories, and what holds for them all: verdicts do not depend
// on names, on times, on what happens to other objects, or on a read that nobody's violation rests on; and what a
// checker shows is a violation by itself.

import Checking
import Histories
import Testing

@Suite("Twins")
struct TwinTests {
  @Test("every checker has one")
  func complete() {
    let twins = Set(Twin.all.map(\.name))
    for checker in Checkers.all {
      #expect(twins.contains(checker.name), "\(checker.name) has no twin in Twin.all")
    }
    #expect(Set(Twin.all.map(\.testDescription)).count == Twin.all.count)
  }

  @Test("agree", arguments: Twin.chosen)
  func agree(twin: Twin) throws {
    var tally = Tally()
    try twin.forEach(Twins.count(300), seed: 101) { sample, verdict, _ in
      tally.add(verdict, holds: sample.holds(), sample.history)
    }
    tally.expectBothVerdicts(percent: twin.share, of: twin)
  }
}

@Suite("Metamorphic")
struct MetamorphicTests {
  /// Histories with verdicts that are certain; both must occur.
  private func forEach(
    _ twin: Twin, seed: Int, _ body: (Sample, Verdict, inout RandomHistories) throws -> Bool
  ) throws {
    var judged: [Validity: Int] = [:]
    var isRight = true
    try twin.forEach(Twins.part(40), seed: seed) { sample, verdict, random in
      guard verdict.validity != .unknown, isRight else { return }
      isRight = try body(sample, verdict, &random)
      judged[verdict.validity, default: 0] += 1
      if !isRight { Issue.record("\(verdict)\n\(sample.history.picture)") }
    }
    #expect(!isRight || judged[.holds] != nil && judged[.violated] != nil, "\(judged)")
  }

  @Test("other names and other times", arguments: Twin.chosen)
  func names(twin: Twin) throws {
    let inProportion = twin.exceptions.contains(.values)
    let value: (Value) -> Value = { inProportion ? 7 &* $0 : 1_000 &- 3 &* $0 }
    let pace: Int64 = twin.exceptions.contains(.times) ? 1 : 3
    let names = Renaming(
      key: { 900 - 3 * $0 }, value: value, process: { 5_000 - $0 },
      time: { pace * $0 + 1_000 })
    try forEach(twin, seed: 102) { sample, verdict, _ in
      var facts = sample.facts
      facts.initial = facts.initial.map(value)
      facts.total = facts.total.map(value)
      if inProportion { facts.counterStart = value(facts.counterStart) }
      let other = twin.judge(sample.history.renamed(names), facts)
      #expect(other.validity == verdict.validity, "\(other)")
      #expect(other.anomalyCount == verdict.anomalyCount)
      return other.validity == verdict.validity
    }
  }

  @Test("two objects are as bad as the worse", arguments: Twin.chosen)
  func together(twin: Twin) throws {
    let elsewhere = Renaming(
      key: { $0 + 2_000 }, process: { $0 + 10_000 }, time: { $0 + Int64(twin.name.utf8.count % 7) })
    var before: (sample: Sample, verdict: Verdict)?
    try forEach(twin, seed: 103) { sample, verdict, _ in
      defer { before = (sample, verdict) }
      guard let before, before.sample.facts == sample.facts else { return true }
      let both = sample.history.beside(before.sample.history.renamed(elsewhere))
      let together = twin.judge(both, sample.facts)
      let isRight = together.validity == max(verdict.validity, before.verdict.validity)
      #expect(isRight, "\(together)\n\(both.picture)")
      return isRight
    }
  }

  @Test("a read that nobody's violation rests on", arguments: Twin.chosen)
  func unheard(twin: Twin) throws {
    guard !twin.exceptions.contains(.reads) else { return }
    try forEach(twin, seed: 104) { sample, verdict, _ in
      let shown = Set(verdict.anomalies.flatMap(\.rows))
      for row in 0..<sample.history.count
      where sample.history.isAnsweredRead(row) && !shown.contains(row) {
        let history = sample.history.silenced(row)
        let other = twin.judge(history, sample.facts)
        guard other.judged > 0, other.validity != verdict.validity else { continue }
        Issue.record("without row \(row): \(other)")
        return false
      }
      return true
    }
  }

  @Test("the witness alone is still a violation", arguments: Twin.chosen)
  func witness(twin: Twin) throws {
    try forEach(twin, seed: 105) { sample, verdict, _ in
      for anomaly in verdict.anomalies {
        let alone = twin.judge(sample.history.part(Set(anomaly.rows).sorted()), sample.facts)
        // Reads alone do not tell what kind of object they are of.
        let tellsNothing =
          alone.judged == 0 && anomaly.rows.allSatisfy { sample.history.functions[$0] == .read }
        guard alone.validity != .violated, !tellsNothing else { continue }
        Issue.record("\(anomaly)\nalone: \(alone)")
        return false
      }
      return true
    }
  }

  @Test("and where the order of versions is assumed or told")
  func witnessOfAnOrder() throws {
    var dice = SmallGenerator(106)
    var shown: [String: Int] = [:]
    for _ in 0..<Twins.part(600) {
      var transactions = RandomIsolation(dice: dice, isList: false)
      var history = transactions.next()
      dice = transactions.dice
      let facts = Facts(versionAssumptions: VersionAssumptions(rawValue: dice.below(8)))
      if dice.chance(30) {
        history = history.toldOrder((0..<history.count).map { ($0 * 5 + 2) % history.count })
      }
      let analysis = IsolationAnalysis(history, facts)
      for model in Twin.isolationModels.compactMap(IsolationModel.named) {
        for anomaly in analysis.verdict(model).anomalies {
          shown[anomaly.name, default: 0] += 1
          let part = history.part(Set(anomaly.rows).sorted())
          let alone = IsolationAnalysis(part, facts).verdict(model)
          guard alone.validity != .violated else { continue }
          Issue.record(
            "\(facts.versionAssumptions) \(anomaly)\nalone: \(alone)\n\(history.picture)")
          return
        }
      }
    }
    #expect(shown["cyclic-versions"] != nil && shown["OTV"] != nil, "\(shown)")
    #expect(shown["G-single-item"] != nil && shown["G2-item"] != nil, "\(shown)")
  }
}

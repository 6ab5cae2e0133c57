// What must not matter to a checker: reads that were not answered, whatever they carry, and whatever happens to objects
// of another kind. And what must add up: how much was judged of two objects.

import Checking
import Testing

@testable import Histories

@Suite("Neighbours")
struct NeighbourTests {
  /// Histories with verdicts that are certain.
  private func forEach(
    _ twin: Twin, _ count: Int, seed: Int,
    _ body: (Sample, Verdict, inout RandomHistories) throws -> Void
  ) throws {
    try twin.forEach(Twins.part(count), seed: seed) { sample, verdict, random in
      guard verdict.validity != .unknown else { return }
      try body(sample, verdict, &random)
    }
  }

  private func expect(_ verdict: Verdict, like other: Verdict, _ history: History) {
    let isSame =
      verdict.validity == other.validity && verdict.judged == other.judged
      && verdict.anomalyCount == other.anomalyCount
    #expect(isSame, "\(verdict)\nnot \(other)\n\(history.picture)")
  }

  @Test("a read that was not answered says nothing", arguments: Twin.chosen)
  func unanswered(twin: Twin) throws {
    try forEach(twin, 20, seed: 106) { sample, verdict, random in
      let history = sample.history.withUnansweredReads(&random.generator)
      expect(twin.judge(history, sample.facts), like: verdict, history)
    }
  }

  @Test("objects of another kind", arguments: Twin.chosen)
  func strangers(twin: Twin) throws {
    let others = Twin.all.filter { $0.name != twin.name }
    let isGeneral = !Twin.adding.contains { $0.name == twin.name }
    try forEach(twin, 20, seed: 107) { sample, verdict, random in
      let other = random.generator.pick(others)
      guard let stranger = try other.draw(&random)?.history.elsewhere else { return }
      let alone = twin.judge(stranger, sample.facts)
      guard alone.validity == .unknown, alone.judged == 0 else { return }
      let both = sample.history.beside(stranger)
      let together = twin.judge(both, sample.facts)
      // What a checker can not judge may keep it from saying anything.
      if together.validity == .unknown, isGeneral || together.namesReason { return }
      #expect(together.validity == verdict.validity, "\(other): \(together)\n\(both.picture)")
    }
  }

  @Test("figures of two objects add up", arguments: Twin.adding)
  func sums(twin: Twin) throws {
    var before: (sample: Sample, verdict: Verdict)?
    try forEach(twin, 40, seed: 108) { sample, verdict, _ in
      defer { before = (sample, verdict) }
      guard let before, before.sample.facts == sample.facts else { return }
      let both = sample.history.beside(before.sample.history.elsewhere)
      let together = twin.judge(both, sample.facts)
      for name in ["judged", "anomalies"] + together.counts.map(\.name) where name.addsUp {
        let sum = verdict.figure(name) + before.verdict.figure(name)
        #expect(together.figure(name) == sum, "\(name): \(together)\n\(both.picture)")
      }
    }
  }
}

extension Verdict {
  /// Whether it is unknown for a reason other than that there was nothing to judge.
  fileprivate var namesReason: Bool { !explanation.hasPrefix("judged nothing") }

  fileprivate func figure(_ name: String) -> Int64 {
    switch name {
    case "judged": Int64(judged)
    case "anomalies": Int64(anomalyCount)
    default: counts.first { $0.name == name }?.value ?? 0
    }
  }
}

extension String {
  /// Whether it names a figure that counts, and not the worst or a typical case.
  fileprivate var addsUp: Bool { !hasPrefix("worst") && !contains("latency") }
}

extension History {
  /// The same with other keys and processes.
  fileprivate var elsewhere: History {
    renamed(Renaming(key: { $0 + 2_000 }, process: { $0 + 10_000 }))
  }

  /// The same, but reads that were not answered carry values, as clients may record what they asked for.
  fileprivate func withUnansweredReads(_ generator: inout SmallGenerator) -> History {
    let answered = (0..<count).filter { isAnsweredRead($0) && shapes[$0] != .none }
    guard !answered.isEmpty else { return self }
    var result = self
    for row in 0..<count
    where functions[row] == .read && completions[row] != .ok && shapes[row] == .none {
      let model = generator.pick(answered)
      guard shapes[model] != .steps else { continue }
      (result.shapes[row], result.values[row], result.extras[row]) =
        (shapes[model], values[model], extras[model])
    }
    return result
  }
}

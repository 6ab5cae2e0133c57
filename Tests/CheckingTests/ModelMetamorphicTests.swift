// What must not change a verdict on any object: other names for values, keys and processes, other units of
// time, an operation of unknown outcome at the end that nobody sees; and histories of two objects together are
// as bad as the worse of the two.

import Checking
import Histories
import Testing

@Suite("Metamorphic models")
struct ModelMetamorphicTests {
  /// Random histories of one kind of object.
  private func forEach(_ kind: ModelKind, seed: Int, _ body: (BruteModel, Verdict) throws -> Void)
    throws
  {
    var random = RandomModels(generator: SmallGenerator(seed))
    for _ in 0..<Twins.count(200) {
      let model = random.next(kind)
      guard ModelTests.answers(model) else { continue }
      try body(model, try ModelTests.check(model).0)
    }
  }

  private func same(
    _ model: BruteModel, _ verdict: Verdict, as original: BruteModel,
    _ place: SourceLocation = #_sourceLocation
  ) throws {
    let other = try ModelTests.check(model).0
    #expect(
      other.validity == verdict.validity, "\(original.edn)\n\(model.edn)\n\(other)",
      sourceLocation: place)
  }

  @Test("other names and other times", arguments: ModelKind.allCases)
  func renamed(kind: ModelKind) throws {
    try forEach(kind, seed: 11) { model, verdict in
      var other = model
      // 0 is what registers and counters start with.
      for place in other.operations.indices {
        other.operations[place].value *= 7
        other.operations[place].list = other.operations[place].list?.map { $0 * 7 }
        for step in other.operations[place].steps.indices {
          other.operations[place].steps[step].value *= 7
        }
        other.operations[place].process += 40
        other.operations[place].client = other.operations[place].client.map { 900 - $0 }
        other.operations[place].call = 3 * other.operations[place].call + 100
        other.operations[place].end = 3 * other.operations[place].end + 100
      }
      try same(other, verdict, as: model)
    }
  }

  @Test("an operation of unknown outcome that nobody sees", arguments: ModelKind.allCases)
  func unread(kind: ModelKind) throws {
    try forEach(kind, seed: 12) { model, verdict in
      let end = (model.operations.map { max($0.call, $0.end) }.max() ?? 0) + 5
      guard let function = model.operations.map(\.function).first(where: { $0 != .read }) else {
        return
      }
      var unknown = ModelOperation(process: 77, function: function, value: 55, call: end, end: end)
      unknown.completion = .info
      if kind == .registers {
        unknown.steps = [Step(function: .write, key: 0, shape: .scalar, value: 55)]
      }
      var other = model
      other.operations.append(unknown)
      try same(other, verdict, as: model)
    }
  }

  /// The lines of both in the order of their times.
  private static func merged(_ left: String, _ right: String) -> String {
    let lines = (left + right).split(separator: "\n").enumerated().map { place, line in
      let time = line.split(separator: " ").last.flatMap { Int($0.dropLast()) } ?? 0
      return (time: time, place: place, line: line)
    }
    return lines.sorted { ($0.time, $0.place) < ($1.time, $1.place) }.map { $0.line + "\n" }
      .joined()
  }

  @Test("two objects are as bad as the worse", arguments: ModelKind.allCases)
  func together(kind: ModelKind) throws {
    // Transactions may join keys, so that those of registers are not named by the operation.
    guard kind != .registers else { return }
    var before: (BruteModel, Verdict)?
    try forEach(kind, seed: 13) { model, verdict in
      defer { before = (model, verdict) }
      // Gets alone are not told from reads of registers.
      let isText = model.operations.contains { $0.function != .read }
      guard let (first, other) = before, kind != .text || isText else { return }
      var second = model
      for place in second.operations.indices { second.operations[place].process += 40 }
      let text = Self.merged(first.edn(key: ":left"), second.edn(key: ":right"))
      let both = try ModelTests.verdict(kind, edn: text)
      #expect(both.validity == max(verdict.validity, other.validity), "\(text)\n\(both)")
    }
  }
}

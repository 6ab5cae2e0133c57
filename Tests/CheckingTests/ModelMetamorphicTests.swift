// What must not change a verdict on any object beside what holds for all checkers: an operation of unknown outcome at
// the end that nobody sees, and other pieces of strings.

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
      guard model.saysSomething else { continue }
      try body(model, try ModelTests.check(model))
    }
  }

  private func same(
    _ model: BruteModel, _ verdict: Verdict, as original: BruteModel,
    _ place: SourceLocation = #_sourceLocation
  ) throws {
    let other = try ModelTests.check(model)
    #expect(
      other.validity == verdict.validity, "\(original.edn)\n\(model.edn)\n\(other)",
      sourceLocation: place)
  }

  @Test("other pieces of strings")
  func pieces() throws {
    try forEach(.text, seed: 11) { model, verdict in
      var other = model
      for place in other.operations.indices {
        other.operations[place].value *= 7
        other.operations[place].list = other.operations[place].list?.map { $0 * 7 }
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
}

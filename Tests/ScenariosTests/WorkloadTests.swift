// The workloads by themselves, on one copy of the data that does one request at a time, whose clients take
// turns in the middle of what they do, and sometimes do not hear the answer. Where the store offers the
// operation that a workload wants, nothing goes wrong; where clients write the next best thing, what is known
// to go wrong with it does.

import Histories
import Replication
import Simulation
import Testing

@testable import Scenarios

/// What a store may lack.
private enum Lack: String { case nothing, transactions, compareAndSet, floors, counters, lists }

/// Clients of a workload taking turns.
private struct Turns {
  var source: any IntentSource
  let lacks: [Lack]
  /// How often an answer is lost.
  var losing = Ratio.never
  private(set) var done: [(client: Int, intent: Intent, answer: Answer)] = []
  private(set) var failed: [(client: Int, intent: Intent)] = []
  private let store = MemoryStore(Schema(tables: Objects.tables, views: []))
  private var random: Random
  private var working: [(intent: Intent, next: Operation)?] = [nil, nil, nil]

  init(
    _ type: any Workload.Type, _ settings: [(String, String)] = [], lacks: [Lack] = [],
    seed: UInt64 = 1
  ) throws {
    let entries = settings.map { name, value in
      Setting.Entry(
        name: name, mark: Mark(line: 1, column: 1), value: Setting(.scalar(value, quoted: false)))
    }
    let problems = Problems()
    var options = Options(Setting(.map(entries)), topology: Topology(["a"]), problems: problems)
    source = try #require(type.init(&options) as? any IntentSource)
    options.finish()
    #expect(problems.all.isEmpty)
    self.lacks = lacks
    random = Random(seed: seed)
    for operation in source.setup({ Self.supports($0, without: lacks) }) { _ = answer(operation) }
  }

  /// What the store offers.
  static func supports(_ operation: Operation, without lacks: [Lack]) -> Bool {
    switch operation {
    case .transaction: !lacks.contains(.transactions)
    case .compareAndSet: !lacks.contains(.compareAndSet)
    case .increment(_, _, let floor):
      !lacks.contains(.counters) && (floor == nil || !lacks.contains(.floors))
    case .append: !lacks.contains(.lists)
    default: true
    }
  }

  private func supports(_ operation: Operation) -> Bool {
    Self.supports(operation, without: lacks)
  }

  /// What the store says to a request; nil if a condition of it fails.
  func answer(_ operation: Operation) -> Answer? {
    #expect(supports(operation), "asked \(operation), which there is not")
    var attempt = Attempt(store)
    guard let answer = attempt.perform(operation) else { return nil }
    for change in attempt.changes { Objects.apply(change, Version(1, 1), to: store) }
    return answer
  }

  /// So many requests, of clients drawn one by one.
  mutating func take(_ count: Int) {
    for _ in 0..<count { turn(of: random.below(working.count)) }
  }

  private mutating func turn(of client: Int) {
    guard var (intent, operation) = working[client] else {
      let lacks = lacks
      let intent = source.next(
        for: client, { Self.supports($0, without: lacks) }, &random)
      working[client] = (intent, intent.procedure.begin())
      return
    }
    working[client] = nil
    let heard = answer(operation)
    if random.chance(losing) {
      guard let again = intent.procedure.retry() else {
        fail(intent, client)
        return
      }
      working[client] = (intent, again)
      return
    }
    guard let heard = heard ?? intent.procedure.meaningOfFailedCondition else {
      fail(intent, client)
      return
    }
    switch intent.procedure.advance(heard) {
    case .ask(let next):
      operation = next
      working[client] = (intent, operation)
    case .done(let answer):
      source.heard(answer, to: intent, by: client)
      done.append((client, intent, answer))
    case .refused: fail(intent, client)
    }
  }

  private mutating func fail(_ intent: Intent, _ client: Int) {
    source.failed(intent, by: client)
    failed.append((client, intent))
  }

  /// What the final reads give, each to its end.
  func finalAnswers() -> [(intent: Intent, answer: Answer)] {
    source.finalReads { supports($0) }.map { intent in
      var intent = intent
      var operation = intent.procedure.begin()
      while true {
        switch intent.procedure.advance(answer(operation) ?? .done) {
        case .ask(let next): operation = next
        case .done(let answer): return (intent, answer)
        case .refused: return (intent, .done)
        }
      }
    }
  }

  /// The values that operations of a kind came to.
  func values(_ function: Function) -> [Value] {
    done.filter { $0.intent.function == function }.compactMap { $0.answer.value }
  }
}

@Suite struct WorkloadTests {
  @Test(arguments: [
    ([Lack.nothing], true), ([.transactions], true), ([.transactions, .compareAndSet], false),
    ([.transactions, .compareAndSet, .counters], false),
  ])
  private func identifiersAreUniqueWhereDrawingIsAtomic(_ lacks: [Lack], unique: Bool) throws {
    var turns = try Turns(UniqueIDsWorkload.self, lacks: lacks)
    turns.take(3_000)
    let drawn = turns.values(.generate)
    #expect(drawn.count > 300)
    #expect((Set(drawn).count == drawn.count) == unique)
    let last = try #require(turns.finalAnswers().first?.answer.value)
    #expect(drawn.allSatisfy { $0 <= last })
  }

  @Test(arguments: [([Lack.nothing], true), ([.compareAndSet], false)])
  private func aNameIsClaimedOnceWhereClaimingIsAtomic(_ lacks: [Lack], once: Bool) throws {
    var turns = try Turns(
      UniquenessWorkload.self, [("names", "100"), ("contenders", "4")], lacks: lacks)
    turns.take(3_000)
    let claims = turns.done.filter { $0.intent.function == .compareAndSet }
    let names = claims.map(\.intent.key)
    #expect(claims.count > 50)
    #expect((Set(names).count == names.count) == once)
    // The last to claim a name has it.
    let holders = Dictionary(
      claims.map { ($0.intent.key, $0.intent.value) }, uniquingKeysWith: { $1 })
    for (intent, answer) in turns.finalAnswers() where holders[intent.key] != nil {
      #expect(answer.value == holders[intent.key])
    }
  }

  @Test(arguments: [
    ([Lack.nothing], true), ([.floors], false), ([.floors, .counters], false),
  ])
  private func stockIsNotOversoldWhereThereAreFloors(_ lacks: [Lack], kept: Bool) throws {
    var broken = false
    for seed in 0..<10 as Range<UInt64> {
      var turns = try Turns(
        StockWorkload.self, [("keys", "1"), ("stock", "50")], lacks: lacks, seed: seed)
      turns.take(400)
      let sold = turns.done.filter { $0.intent.function == .increment }.map(\.intent.value)
      let left = turns.finalAnswers().compactMap { $0.answer.value }.reduce(0, +)
      #expect(sold.count > 10)
      // Written back, sales are lost as well.
      if !lacks.contains(.counters) { #expect(50 + sold.reduce(0, +) == left) }
      if 50 + sold.reduce(0, +) < 0 { broken = true }
    }
    #expect(broken != kept)
  }

  @Test func whatIsSoldIsRestocked() throws {
    var turns = try Turns(StockWorkload.self, [("keys", "1"), ("stock", "0")])
    turns.take(100)
    #expect(turns.failed.count > 10)
    #expect(turns.finalAnswers().map { $0.answer.value } == [0])
  }

  /// Whoever sees an order sees its items.
  @Test(arguments: [
    ([Lack.nothing], "order", true), ([.transactions], "order", false),
    ([.transactions], "items", true),
  ])
  private func ordersRefer(_ lacks: [Lack], first: String, kept: Bool) throws {
    var turns = try Turns(OrdersWorkload.self, [("first", first), ("keys", "2")], lacks: lacks)
    turns.take(3_000)
    var items: [Value: Int] = [:]
    for (_, intent, _) in turns.done where intent.function == .insert {
      items[intent.list[0]] = intent.list.count - 1
    }
    var torn = 0
    for (_, intent, answer) in turns.done where intent.function == .read {
      guard case .steps(let sets) = answer, sets.count == 2 else {
        Issue.record("a read of \(sets(answer)) sets")
        continue
      }
      for order in sets[0].elements {
        let found = sets[1].elements.count { $0 / 10 == order / 10 }
        if let expected = items[order], found != expected { torn += 1 }
        if found == 0 { torn += 1 }
      }
    }
    #expect((torn == 0) == kept)
  }

  @Test(arguments: [
    ([Lack.nothing], "together", true), ([.nothing], "afterwards", false),
    ([.transactions], "together", false),
  ])
  private func indexesAreKept(_ lacks: [Lack], upkeep: String, kept: Bool) throws {
    var turns = try Turns(
      IndexWorkload.self, [("upkeep", upkeep), ("keys", "2")], lacks: lacks)
    turns.take(3_000)
    var torn = 0
    var seen = 0
    for (_, intent, answer) in turns.done where intent.function == .read {
      guard case .steps(let sets) = answer, sets.count == 2 else {
        Issue.record("a read of \(sets(answer)) sets")
        continue
      }
      seen += sets[0].elements.count
      if sets[0].elements.sorted() != sets[1].elements.map({ -$0 }).sorted() { torn += 1 }
    }
    #expect(seen > 100 && (torn == 0) == kept)
    #expect(turns.done.contains { $0.intent.function == .remove })
  }

  private func sets(_ answer: Answer) -> Int {
    if case .steps(let sets) = answer { sets.count } else { 0 }
  }

  @Test(arguments: [([Lack.nothing], true), ([.transactions], false)])
  private func jobsAreTakenOnce(_ lacks: [Lack], once: Bool) throws {
    var turns = try Turns(QueueWorkload.self, [("keys", "1")], lacks: lacks)
    turns.take(4_000)
    let taken = turns.values(.dequeue)
    let put = turns.done.filter { $0.intent.function == .enqueue }.map(\.intent.value)
    let left = turns.finalAnswers().flatMap { final in
      if case .steps(let cells) = final.answer {
        cells.compactMap(\.value)
      } else {
        final.answer.elements
      }
    }
    #expect(taken.count > 100)
    #expect((Set(taken).count == taken.count) == once)
    #expect(Set(taken).isDisjoint(with: left))
    // Nothing is lost: a job that was put is taken or left.
    #expect(Set(put).isSubset(of: Set(taken + left)))
  }

  /// Nobody is given a token that somebody else has had.
  @Test(arguments: [([Lack.nothing], true), ([.compareAndSet], false)])
  private func locksAreHeldByOne(_ lacks: [Lack], exclusive: Bool) throws {
    var turns = try Turns(
      LockWorkload.self, [("locks", "1"), ("patience", "1000")], lacks: lacks)
    turns.take(4_000)
    let tokens = turns.values(.acquire)
    #expect(tokens.count > 50)
    #expect(tokens.allSatisfy { $0 % 2 == 1 })
    #expect((Set(tokens).count == tokens.count) == exclusive)
  }

  /// A lock that is found held under the same token often enough is stolen, and with fencing what it guards
  /// never goes back to an older token.
  @Test func anAbandonedLockIsStolen() throws {
    var turns = try Turns(
      LockWorkload.self, [("locks", "1"), ("patience", "2"), ("fencing", "true")])
    turns.take(4_000)
    let tokens = turns.values(.acquire)
    let writes = turns.done.filter { $0.intent.function == .write }.map(\.intent.value)
    let steals = zip(tokens, tokens.dropFirst()).count { $1 == $0 + 2 }
    #expect(steals > 0)
    #expect(writes == writes.sorted())
    #expect(turns.failed.contains { $0.intent.function == .write }, "an old token was refused")
  }

  @Test(arguments: [
    ("true", [Lack.nothing], true), ("true", [.transactions], true),
    ("false", [.nothing], false), ("false", [.lists], false),
  ])
  private func retriesCountOnceWithAKey(_ key: String, _ lacks: [Lack], once: Bool) throws {
    var turns = try Turns(
      RetryWorkload.self, [("idempotence-key", key), ("keys", "1")], lacks: lacks)
    turns.losing = .percent(20)
    turns.take(3_000)
    let applied = turns.done.filter { [.append, .increment].contains($0.intent.function) }
    let final = try #require(turns.finalAnswers().first).answer
    #expect(applied.count > 200)
    guard !lacks.contains(.lists) else {
      #expect((final.value ?? 0) > Value(applied.count))
      return
    }
    #expect((Set(final.elements).count == final.elements.count) == once)
    #expect(Set(applied.map(\.intent.value)).isSubset(of: final.elements))
  }

  /// Keys are written once each, and read in groups of which the last is being written.
  @Test func keysOfAForkAreWrittenOnce() throws {
    var turns = try Turns(LongForkWorkload.self, [("group", "4")])
    turns.take(2_000)
    let steps = turns.done.map(\.intent.steps)
    let writes = steps.filter { $0.count == 1 }.flatMap { $0.flatMap(\.keys) }
    #expect(writes.count > 200 && Set(writes).count == writes.count)
    let reads = steps.filter { $0.count > 1 }.map { $0.flatMap(\.keys) }
    #expect(reads.count > 400)
    #expect(reads.allSatisfy { $0.count == 4 && $0[0] % 4 == 0 && $0[3] == $0[0] + 3 })
    // Of most groups somebody sees a part.
    let partial = turns.done.filter { _, intent, answer in
      guard intent.steps.count > 1, case .steps(let all) = answer else { return false }
      return all.contains { $0.value == nil } && all.contains { $0.value != nil }
    }
    #expect(partial.count > 100)
    #expect(
      Set(turns.finalAnswers().flatMap { $0.intent.steps.flatMap(\.keys) }).isSuperset(of: writes))
  }

  @Test(arguments: [([Lack.nothing], true), ([.counters], false)])
  private func whatOnlyGrowsIsRightWhereAddingIsAtomic(_ lacks: [Lack], right: Bool) throws {
    var turns = try Turns(MonotonicWorkload.self, [("keys", "1")], lacks: lacks)
    turns.take(2_000)
    let added = turns.done.filter { $0.intent.function == .increment }.map(\.intent.value)
    #expect(added.count > 200 && added.allSatisfy { $0 == 1 })
    let final = try #require(turns.finalAnswers().first?.answer.value)
    #expect((final == Value(added.count)) == right)
    let reads = turns.values(.read)
    #expect(!right || reads == reads.sorted())
  }

  /// Of two that look into both tables before they insert, one sees the other where transactions are atomic.
  @Test(arguments: [([Lack.nothing], false), ([.transactions], true)])
  private func oneOfTwoIsTheFirst(_ lacks: [Lack], skewed: Bool) throws {
    var turns = try Turns(PredicateSkewWorkload.self, lacks: lacks)
    turns.take(2_000)
    var first: [Key: [Key]] = [:]
    for (_, intent, answer) in turns.done {
      guard case .steps(let all) = answer, all.count == 3 else {
        Issue.record("an answer to \(intent.steps)")
        return
      }
      let own = intent.steps[2].keys[0]
      #expect(intent.steps[0].keys[0] / 2 == own / 2 && intent.steps[1].keys[0] / 2 == own / 2)
      if all.prefix(2).allSatisfy(\.elements.isEmpty) { first[own / 2, default: []].append(own) }
    }
    #expect(first.count > 100)
    #expect(first.values.contains { $0.count > 1 } == skewed)
    #expect(first.values.allSatisfy { Set($0).count == $0.count })
  }

  @Test func everybodySharesTheElements() throws {
    var turns = try Turns(SharedSetWorkload.self, [("keys", "1"), ("elements", "5")])
    turns.take(2_000)
    func clients(_ function: Function, _ element: Value) -> Set<Int> {
      Set(
        turns.done.filter { $0.intent.function == function && $0.intent.value == element }
          .map(\.client))
    }
    for element in 0..<5 as Range<Value> {
      #expect(clients(.insert, element) == [0, 1, 2])
      #expect(clients(.remove, element) == [0, 1, 2])
    }
    let last = try #require(turns.finalAnswers().first).answer.elements
    #expect(Set(last).isSubset(of: 0..<5))
  }
}

// One replica on a bench: inputs by hand, effects looked at one by one.

import Histories
import Testing

@testable import Replication
@testable import Simulation

@Suite struct CRDTReplicaTests {
  /// A replica of region 0 of two, with its node.
  private final class Bench {
    var node: Node<CRDT.Message>
    var member: CRDT.Member
    var requests: Int64 = 0

    init(_ options: [(String, String)] = []) {
      let topology = Topology(["a", "b"])
      let strategy = CRDTHarness.strategy(options, in: topology)
      node = Node(
        region: Region.ID(0), topology: topology,
        store: MemoryStore(strategy.schema(in: topology)), random: Random(seed: 1), clock: Clock())
      member = strategy.makeReplica(for: Region.ID(0), in: topology)
      member.start(&node)
    }

    func ask(_ operation: Operation) -> Outcome? {
      requests += 1
      let id = Request.ID(number: requests, client: UInt32(requests))
      member.handle(Request(id: id, operation: operation), &node)
      return node.replies.last?.outcome
    }

    /// Gives it a message of region 1; what it sends then.
    func receive(_ content: CRDT.Message.Content) -> [CRDT.Message.Content] {
      node.outgoing = []
      member.receive(CRDT.Message(content, in: node.topology), from: Region.ID(1), &node)
      return node.outgoing.map(\.message.content)
    }

    /// Two questions go by, so that what there is counts as settled; the number of the last one.
    func settle() -> Int64? {
      var last: Int64?
      for _ in 0..<2 {
        node.outgoing = []
        member.wake(TimerID(1), &node)
        for outgoing in node.outgoing {
          if case .ask(_, let round) = outgoing.message.content { last = round }
        }
      }
      return last
    }
  }

  @Test func updatesAreBroadcastWithTheirPast() {
    let bench = Bench()
    _ = bench.ask(.write(1, 5))
    _ = bench.ask(.increment(2, by: -3, floor: nil))
    let entries = bench.node.outgoing.compactMap { outgoing -> CRDT.Entry? in
      guard case .update(let entry) = outgoing.message.content else { return nil }
      #expect(outgoing.to == 0b10)
      #expect(outgoing.message.label == "update 0.\(entry.sequence)")
      return entry
    }
    #expect(entries.map(\.kind) == [.write, .increment])
    #expect(entries.map(\.value) == [5, -3])
    #expect(entries.map(\.seen) == [VersionVector(), VersionVector([1])])
    #expect(bench.node.store.rows(bench.member.log.table).count == 2)
  }

  @Test(arguments: ["wall", "hybrid"])
  func twoWritesAtOneReadingDiffer(clock: String) throws {
    let bench = Bench([("clock", clock)])
    guard case .ok(_, let first?) = bench.ask(.write(1, 5)),
      case .ok(_, let second?) = bench.ask(.write(1, 6))
    else {
      Issue.record("not acknowledged")
      return
    }
    #expect(first < second)
    #expect(bench.ask(.read(1, .register)) == .ok(.value(6), second))
  }

  @Test func anAnswerLeadsToWhatThePeerLacksOnce() throws {
    let bench = Bench([("batch", "2")])
    for value in 0..<3 as Range<Value> { _ = bench.ask(.insert(1, value)) }
    let round = try #require(bench.settle())
    let nothing = CRDT.Message.Content.answer([], VersionVector(), more: false, round: round)
    let sent = bench.receive(nothing)
    guard sent.count == 1, case .answer(let entries, let vector, true, round: 0) = sent[0] else {
      Issue.record("expected one unasked answer with more to come, got \(sent)")
      return
    }
    #expect(entries.map(\.value) == [0, 1])
    #expect(vector == VersionVector([3]))
    #expect(bench.receive(nothing).isEmpty, "the duplicate of an answer leads to nothing")
    let late = CRDT.Message.Content.answer([], VersionVector([3]), more: true, round: round)
    #expect(bench.receive(late).isEmpty, "nor does the answer to an older question")
  }

  @Test func anAnswerWithMoreToComeLeadsToAQuestion() throws {
    let bench = Bench()
    let round = try #require(bench.settle())
    let entry = CRDT.Entry(
      origin: Region.ID(1), sequence: 1, kind: .write, key: 1, value: 7,
      timestamp: HybridClock.Timestamp(wall: 9, logical: 0), seen: VersionVector())
    let answer = CRDT.Message.Content.answer(
      [entry], VersionVector([0, 2]), more: true, round: round)
    let sent = bench.receive(answer)
    guard sent.count == 1, case .ask(let vector, round: let next) = sent[0] else {
      Issue.record("expected one question, got \(sent)")
      return
    }
    #expect(vector == VersionVector([0, 1]))
    #expect(next > round)
    #expect(bench.receive(answer).isEmpty)
    #expect(bench.member.unfinished != nil, "region 1 has an operation that is not here")
    let unasked = CRDT.Message.Content.answer([entry], VersionVector([0, 2]), more: true, round: 0)
    #expect(bench.receive(unasked).count == 1, "what comes unasked can have more to come as well")
  }

  /// An insert replaces the dots it has seen: a set does not grow with the number of inserts.
  @Test func anElementTakesOneDot() {
    let bench = Bench()
    for _ in 0..<10 { _ = bench.ask(.insert(1, 5)) }
    let dots = bench.member.types.set.tables[0]
    func alive() -> [Row] {
      bench.node.store.rows(dots).filter { !CRDT.Removal.isIn($0) }.map { Array($0.prefix(4)) }
    }
    #expect(alive() == [[1, 5, 0, 10]])
    #expect(bench.ask(.read(1, .set)) == .ok(.values([5]), nil))
    _ = bench.ask(.remove(1, 5))
    #expect(alive().isEmpty)
  }

  @Test func optionsAndSchema() {
    let topology = Topology(["a", "b", "c"])
    var options = Options.defaults(in: topology)
    let strategy = CRDT(&options)
    #expect(
      options.fields.map(\.name) == [
        "exchange", "delivery", "resync", "clock", "clock-resolution", "register",
        "conditional-writes", "conflict-unit", "fields-per-row", "counter", "set", "tombstones",
        "compact-log", "anti-entropy", "batch", "flaw",
      ])
    let schema = strategy.schema(in: topology)
    #expect(
      schema.tables.map(\.name) == [
        "registers", "counters", "dots", "nodes", "context", "requests", "operations",
      ])
    #expect(schema.tables[6].columns[5..<8] == ["seen_0", "seen_1", "seen_2"])
    #expect(schema.views.map(\.name) == ["items", "elements"])
    let other = CRDTHarness.strategy(
      [("register", "multi-value"), ("exchange", "state"), ("counter", "bounded")], in: topology)
    #expect(
      other.schema(in: topology).tables.map(\.name) == [
        "siblings", "counters", "transfers", "dots", "nodes", "context", "requests",
      ])
  }

  @Test func optionErrors() {
    let topology = Topology(["a"])
    let problems = Problems()
    let entries = [("clock", "lamport"), ("batch", "0"), ("anti-entropy", "0s")].map {
      Setting.Entry(
        name: $0.0, mark: Mark(line: 1, column: 1),
        value: Setting(.scalar($0.1, quoted: false)))
    }
    var options = Options(Setting(.map(entries)), topology: topology, problems: problems)
    _ = CRDT(&options)
    #expect(problems.all.count == 3)
    #expect(
      problems.all.first?.message == "'lamport' is not a value of clock; known: hybrid, wall")
  }
}

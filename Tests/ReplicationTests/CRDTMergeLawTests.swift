// The laws behind convergence, for every data type, without a network. Of operations: the same in any
// causal order give the same state, and twice is once. Of states: the join is commutative, associative
// and idempotent, and an update only goes up. Of deltas: what an update touched, joined with the state
// before, is the state after. And all three exchanges give the same.
//
// Shapiro et al., "Conflict-free Replicated Data Types", section 2; Almeida, Shoker and Baquero, "Delta
// State Replicated Data Types", section 4.

import Histories
import Testing

@testable import Replication
@testable import Simulation

@Suite struct CRDTMergeLawTests {
  typealias Settings = [(String, String)]

  private let topology = Topology(["a", "b", "c", "d"])

  /// Options which between them have every data type.
  static let kinds = ["plain", "other", "row"]

  private func strategy(_ kind: String, _ exchange: String = "operation") -> CRDT {
    let settings: [String: Settings] = [
      "plain": [],
      "other": [("register", "multi-value"), ("set", "remove-wins"), ("counter", "bounded")],
      "row": [("conflict-unit", "row"), ("fields-per-row", "2"), ("counter", "bounded")],
    ]
    return CRDTHarness.strategy((settings[kind] ?? []) + [("exchange", exchange)], in: topology)
  }

  @Test(arguments: kinds)
  func anyCausalOrderGivesTheSameState(kind: String) {
    var differed = 0
    for seed in 0..<100 as Range<UInt64> {
      var random = Random(seed: seed, stream: "laws")
      let history = LawHistory(strategy(kind), &random, 40)
      let orders = (0..<3).map { _ in history.causalOrder(&random) }
      let states = orders.map { order in
        let state = LawState(history.types)
        for entry in order { state.apply(entry) }
        return state.meaning
      }
      if orders[0] != orders[1] { differed += 1 }
      let isSame = states.allSatisfy { $0 == states[0] }
      #expect(isSame, "seed \(seed)")
      // The regions themselves, once all hear of all.
      let joined = history.regions.reduce(LawState(history.types)) { $0.joined(with: $1) }
      let isSameJoined = joined.meaning == states[0]
      #expect(isSameJoined, "seed \(seed): states joined give what operations give")
    }
    #expect(differed > 60)
  }

  @Test(arguments: kinds)
  func joinsAreALattice(kind: String) {
    var incomparable = 0
    for seed in 0..<60 as Range<UInt64> {
      var random = Random(seed: seed, stream: "laws")
      let history = LawHistory(strategy(kind, "state"), &random, 40)
      let samples = random.shuffled(history.samples).prefix(12)
      guard samples.count >= 3 else { continue }
      for place in 0..<(samples.count - 2) {
        let (a, b, c) = (samples[place], samples[place + 1], samples[place + 2])
        let ab = a.joined(with: b)
        let isCommutative = ab.rows == b.joined(with: a).rows
        let isAssociative = ab.joined(with: c).rows == a.joined(with: b.joined(with: c)).rows
        let isIdempotent = a.joined(with: a).rows == a.rows && ab.joined(with: b).rows == ab.rows
        let isAbove = a.joined(with: ab).rows == ab.rows
        #expect(isCommutative && isAssociative && isIdempotent && isAbove, "seed \(seed)")
        if a.included.relation(to: b.included) == .concurrent { incomparable += 1 }
      }
    }
    #expect(incomparable > 60)
  }

  /// An update only goes up, and by exactly its delta.
  @Test(arguments: kinds, ["operation", "state"])
  func deltasAreWhatUpdatesTouch(kind: String, exchange: String) {
    var kinds: Set<CRDT.Kind> = []
    for seed in 0..<40 as Range<UInt64> {
      var random = Random(seed: seed, stream: "laws")
      let history = LawHistory(strategy(kind, exchange), &random, 40)
      for (step, entry) in zip(history.steps, history.entries) {
        let isUp = step.before.joined(with: step.after).rows == step.after.rows
        let delta = step.before.copy()
        delta.merge(step.after.delta(step.touched), step.after.included)
        #expect(isUp && delta.rows == step.after.rows, "seed \(seed): \(entry)")
        kinds.insert(entry.kind)
      }
    }
    #expect(kinds.count == (kind == "plain" ? 6 : 7))
  }

  /// The laws tell: registers that keep their own on a tie do not commute.
  @Test func aFlawIsFound() {
    let flawed = CRDTHarness.strategy(
      [("flaw", "keeps-local-on-tie"), ("exchange", "state")], in: topology)
    var found = 0
    for seed in 0..<60 as Range<UInt64> {
      var random = Random(seed: seed, stream: "laws")
      let samples = LawHistory(flawed, &random, 40).samples
      for (a, b) in zip(samples, samples.dropFirst()) {
        if a.joined(with: b).rows != b.joined(with: a).rows { found += 1 }
      }
    }
    #expect(found > 0)
  }

  /// A bounded counter's rights add up to its value, and no region ever takes more than it has.
  @Test func rightsAddUp() {
    var refused = 0
    for seed in 0..<60 as Range<UInt64> {
      var random = Random(seed: seed, stream: "laws")
      let options = CRDTHarness.strategy([("counter", "bounded")], in: topology)
      let history = LawHistory(options, &random, 60)
      guard let escrow = history.types.escrow else { return }
      let only = history.entries.filter { $0.kind != .increment }
      let state = LawState(history.types)
      for entry in only { state.apply(entry) }
      for key in 0..<3 as Range<Key> {
        let rights = topology.ids.map { escrow.rights(of: $0, key, in: state.store) }
        guard case (.value(let sum), _) = escrow.read(key, in: state.store) else { continue }
        #expect(rights.reduce(0, +) == sum ?? 0)
        if rights.contains(0) { refused += 1 }
      }
    }
    #expect(refused > 0)
  }

  /// Everything twice or thrice and in any order, with crashes between: as once and in order.
  @Test(arguments: kinds)
  func anyOrderAnyNumberOfTimes(kind: String) {
    let strategy = strategy(kind)
    let schema = strategy.schema(in: topology)
    for seed in 0..<60 as Range<UInt64> {
      var random = Random(seed: seed, stream: "laws")
      let entries = LawHistory(strategy, &random, 30).entries
      var states: [[[Row]]] = []
      for round in 0..<3 {
        let store = MemoryStore(schema)
        var node = Node<CRDT.Message>(
          region: Region.ID(3), topology: topology, store: store, random: Random(seed: seed),
          clock: Clock())
        var member = strategy.makeReplica(for: Region.ID(3), in: topology)
        member.start(&node)
        let deliveries = round == 0 ? entries : random.shuffled(entries + entries + entries)
        for entry in deliveries {
          let message = CRDT.Message(.update(entry), in: topology)
          member.receive(message, from: entry.origin, &node)
          if round == 2, random.chance(.percent(3)) {
            member = strategy.makeReplica(for: Region.ID(3), in: topology)
            member.start(&node)
          }
        }
        // What a crash took from the buffer comes again, once and in order.
        for entry in round == 2 ? entries : [] {
          member.receive(CRDT.Message(.update(entry), in: topology), from: entry.origin, &node)
        }
        #expect(member.buffer.count == 0)
        states.append(CRDTHarness.meaning(member.types, in: store))
      }
      let isSame = states.allSatisfy { $0 == states[0] }
      #expect(isSame, "seed \(seed)")
    }
  }

  /// What is missing comes in an order in which it can be delivered, however small the batches.
  @Test func batchesAreInCausalOrder() {
    let strategy = strategy("plain")
    let log = CRDT.Layout(strategy, in: topology).log
    for seed in 0..<100 as Range<UInt64> {
      var random = Random(seed: seed, stream: "laws")
      let history = LawHistory(strategy, &random, 40)
      let store = MemoryStore(strategy.schema(in: topology))
      var mine = VersionVector()
      for entry in history.entries {
        log.append(entry, to: store)
        mine[entry.origin] = entry.sequence
      }
      var theirs = VersionVector()
      for entry in history.causalOrder(&random).prefix(random.below(40)) {
        theirs[entry.origin] = entry.sequence
      }
      var isMore = theirs != mine
      while isMore {
        let limit = 1 + random.below(5)
        let batch = log.missing(
          from: theirs, upTo: mine, limit: limit, isCausal: true, in: store)
        #expect(!batch.entries.isEmpty && batch.entries.count <= limit)
        for entry in batch.entries {
          #expect(theirs.includes(entry.seen))
          #expect(entry.sequence == theirs[entry.origin] + 1)
          #expect(history.entries.contains(entry), "as it was made")
          theirs[entry.origin] = entry.sequence
        }
        isMore = batch.more
      }
      #expect(theirs == mine)
    }
  }
}

// Few operations that have no order by themselves, out of those that a search found none for: as for registers
// (SearchWitness.swift), by steps that can only make an order easier to find: a read is left out, of anything else the
// outcome is forgotten, so that it may have happened or not. What remains known has no order whatever of the rest
// happened; so it has none alone, and had none in the whole history.
//
// Of the rest only what explains all but the last piece is shown: with it everything that is known has an order, but
// for the operation at which a search of it got stuck.

import Histories

struct ModelWitness<Model: SequentialModel> {
  private let model: Model
  private let history: History
  private var budget: Budget
  /// The operations that must have happened, and those that may have, ascending.
  private var known: [Int] = []
  private var possible: [Int] = []

  /// More rows nobody reads.
  private static var mostShown: Int { 24 }
  /// How much work all tries may take together: steps of searches, and operations looked at.
  private static var mostWork: Int { 300_000 }

  /// Shrinks the operations that were called before one returned, at which a search found no way on.
  init(_ model: Model, _ history: History, _ part: [Int], upTo stuck: Int, _ budget: Budget) {
    self.model = model
    self.history = history
    self.budget = budget
    self.budget.steps = ModelWitness.mostWork
    let end = history.returns[stuck]
    let began = part.filter { history.calls[$0] <= end && history.completions[$0] != .fail }
    let over = began.filter { history.completions[$0] == .ok && history.returns[$0] <= end }
    let changes = began.filter { !history.isObserver($0) }
    var tries = self
    known = needed(of: over) { fewer in
      let stay = Set(fewer)
      return tries.outcome(fewer, changes.filter { !stay.contains($0) }).map { $0 == .none }
    }
    let stay = Set(known)
    possible = changes.filter { !stay.contains($0) }
  }

  /// What a short search finds; nil if there is no time for more.
  private mutating func outcome(
    _ known: [Int], _ possible: [Int]
  ) -> ModelSearch<Model>.Outcome? {
    let outcome = search(known, possible).outcome
    return budget.steps > 0 && !budget.isLate ? outcome : nil
  }

  /// A short search for an order of some operations that happened and others that may have.
  private mutating func search(
    _ known: [Int], _ possible: [Int]
  ) -> (outcome: ModelSearch<Model>.Outcome, search: ModelSearch<Model>) {
    let rows = (known + possible).sorted()
    let forgotten = Set(possible)
    let part = history.part(rows, forgetting: forgotten.contains)
    var search = ModelSearch(model, part, Array(0..<part.count))
    var share = budget
    share.steps = min(20_000, budget.steps - rows.count)
    guard share.steps > 0 else { return (.exhausted, search) }
    budget.steps -= rows.count + share.steps
    let outcome = search.run(&share)
    budget.steps += max(0, share.steps)
    return (outcome, search)
  }

  /// What is left, told; nil if that is too much to read.
  func anomaly() -> Anomaly? {
    guard !known.isEmpty, known.count <= ModelWitness.mostShown else { return nil }
    var copy = self
    copy.budget.steps = ModelWitness.mostWork
    let (outcome, search) = copy.search(known, possible)
    guard outcome == .none else { return nil }
    let stuck = (known + possible).sorted()[search.stuck]
    let others = known.filter { $0 != stuck }
    var helpers: [Int] = []
    if copy.outcome(others, possible) == .found {
      helpers = needed(of: possible) { copy.outcome(others, $0).map { $0 == .found } }
    }
    if known.count + helpers.count > ModelWitness.mostShown { helpers = [] }
    let shown = (known + helpers).sorted()
    let rest = possible.count - helpers.count
    let whatever =
      rest == 0 ? "" : ", whether or not any of \(count(rest, "other operation")) had happened"
    return Anomaly(
      name: "no-order", rows: shown,
      explanation: shown.map(history.modelStory) + [
        "in no order of these row \(stuck) can have happened before it returned at "
          + "\(history.time(history.returns[stuck]))\(whatever): before it "
          + search.stuckStates.joined(separator: ", or ")
      ])
  }
}

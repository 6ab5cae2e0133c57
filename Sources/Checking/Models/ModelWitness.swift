// Few operations that have no order by themselves, out of those that a search found none for: as for registers
// (SearchWitness.swift), by delta debugging (Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing
// Input", 2002) with steps that can only make an order easier to find: a read is left out, of anything else the outcome
// is forgotten, so that it may have happened or not. What remains known has no order whatever of the rest happened; so
// it has none alone, and had none in the whole history.
//
// Of the rest only what explains all but the last piece is shown: with it everything that is known has an order, but
// for the operation at which a search of it got stuck.

import Histories

struct ModelWitness<Model: SequentialModel> {
  private let model: Model
  private let history: History
  private let budget: Budget
  /// The rows that are left, ascending, and of which the outcome is forgotten.
  private var rows: [Int] = []
  private var forgotten: Set<Int> = []
  private var work: Int

  /// More rows nobody reads.
  private static var mostShown: Int { 24 }
  /// How much work all tries may take together: steps of searches, and operations looked at.
  private static var mostWork: Int { 300_000 }

  /// Shrinks the operations that were called before one returned, at which a search found no way on.
  init(_ model: Model, _ history: History, _ part: [Int], upTo stuck: Int, _ budget: Budget) {
    self.model = model
    self.history = history
    self.budget = budget
    work = ModelWitness.mostWork
    let end = history.returns[stuck]
    for row in part where history.calls[row] <= end && history.completions[row] != .fail {
      let isKnown = history.completions[row] == .ok && history.returns[row] <= end
      if !isKnown, history.isObserver(row) { continue }
      rows.append(row)
      if !isKnown { forgotten.insert(row) }
    }
    shrink()
  }

  private mutating func shrink() {
    var size = max(1, rows.count / 2)
    while true {
      var start = 0
      while start < rows.count, work > 0 {
        let chunk = rows[start..<min(start + size, rows.count)]
          .filter { !forgotten.contains($0) }
        if !chunk.isEmpty, hasNoOrder(without: chunk) {
          forgotten.formUnion(chunk.filter { !history.isObserver($0) })
          let before = rows.count
          rows = rows.filter { !history.isObserver($0) || !chunk.contains($0) }
          start += size - (before - rows.count)
        } else {
          start += size
        }
      }
      if size == 1 { break }
      size /= 2
    }
  }

  /// Whether a short search finds no order if reads are left out and outcomes forgotten.
  private mutating func hasNoOrder(without chunk: [Int]) -> Bool {
    let less = Set(chunk)
    let left = rows.filter { !less.contains($0) || !history.isObserver($0) }
    return search(left, forgetting: forgotten.union(less)).outcome == .none
  }

  private mutating func search(
    _ rows: [Int], forgetting unknown: Set<Int>
  ) -> (outcome: ModelSearch<Model>.Outcome, search: ModelSearch<Model>) {
    let part = history.part(rows, forgetting: unknown.contains)
    var search = ModelSearch(model, part, Array(0..<part.count))
    var share = budget
    share.steps = min(20_000, work)
    let steps = share.steps
    let outcome = search.run(&share)
    work -= rows.count + steps - max(0, share.steps)
    return (outcome, search)
  }

  /// What is left, told; nil if that is too much to read.
  func anomaly() -> Anomaly? {
    let known = rows.filter { !forgotten.contains($0) }
    guard !known.isEmpty, known.count <= ModelWitness.mostShown else { return nil }
    var copy = self
    copy.work = ModelWitness.mostWork / 3
    let (outcome, search) = copy.search(rows, forgetting: forgotten)
    guard outcome == .none else { return nil }
    let stuck = rows[search.stuck]
    let helpers = copy.helpers(without: stuck)
    let shown = (known + helpers).sorted()
    let others = forgotten.count - helpers.count
    let whatever =
      others == 0 ? "" : ", whether or not any of \(count(others, "other operation")) had happened"
    return Anomaly(
      name: "no-order", rows: shown,
      explanation: shown.map(history.modelStory) + [
        "in no order of these row \(stuck) can have happened before it returned at "
          + "\(history.time(history.returns[stuck]))\(whatever): before it "
          + search.stuckStates.joined(separator: ", or ")
      ])
  }

  /// As few as possible of the operations whose outcome is forgotten with which the others have an order but for one.
  private mutating func helpers(without stuck: Int) -> [Int] {
    let known = rows.filter { !forgotten.contains($0) && $0 != stuck }
    var helpers = forgotten.sorted()
    var size = helpers.count
    guard size > 0, haveOrder(known, helpers) else { return [] }
    while size > 0 {
      var start = 0
      while start < helpers.count {
        var fewer = helpers
        fewer.removeSubrange(start..<min(start + size, helpers.count))
        if haveOrder(known, fewer) { helpers = fewer } else { start += size }
      }
      size /= 2
    }
    return known.count + helpers.count < ModelWitness.mostShown ? helpers : []
  }

  private mutating func haveOrder(_ known: [Int], _ helpers: [Int]) -> Bool {
    work > 0 && search((known + helpers).sorted(), forgetting: Set(helpers)).outcome == .found
  }
}

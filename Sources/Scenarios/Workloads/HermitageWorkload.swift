// Martin Kleppmann's probes of isolation, over and over: each is a few transactions of a fixed shape that meet on
// rows of their own, and shows one anomaly by name. Kleppmann, "Hermitage: Testing the 'I' in ACID", 2014
// (github.com/ept/hermitage); names from Adya, "Weak Consistency", 1999, chapter 4, Berenson et al., "A Critique
// of ANSI SQL Isolation Levels", 1995 (P4), and Bailis et al., "Highly Available Transactions", 2013 (OTV).
//
//   probe    | transactions that meet, on rows x and y       | what must not be
//   ---------+-----------------------------------------------+---------------------------------------------------
//   G0       | wx wy  |  wx wy  |  rx ry                     | one is last on x, the other on y
//   G1a      | wx rollback  |  wy  |  rx ry                  | what was rolled back is read
//   G1b      | wx wx  |  rx                                  | the first of the two is read
//   G1c      | wx ry  |  wy rx                               | each reads what the other wrote
//   OTV      | wx wy  |  rx ry                               | the new x is read, and then the old y
//   PMP      | wx  |  rx rx                                  | it is not there, and then it is
//   P4       | rx wx  |  rx wx                               | both start from the same value
//   G-single | rx ry wy wx  |  rx ry                         | the old x is read, and then the new y
//   G2-item  | rx ry wx  |  rx ry wy                         | neither reads what the other wrote
//
// Rows are registers; of G0 lists, as two writes of a register leave no trace of which came first. There are no
// predicates, so that PMP is its core: a row that is looked for twice.
//
// Transactions are sent whole. With `autocommit`, or where the strategy has none, each step is a request of its
// own, and who rolls back writes back what was there.

import Checking
import Histories
import Simulation

/// `kind: hermitage`.
public struct HermitageWorkload: Workload, IntentSource {
  public static let name = "hermitage"
  public static let summary = "one of Kleppmann's probes for an anomaly of isolation, over and over"
  public static let guarantees: [Guarantee] =
    Guarantee.isolation + [.noDirtyReads, .converged, .noLostWrites]

  /// Which anomaly is looked for.
  enum Probe: String, CaseIterable, Sendable {
    case writeCycle = "G0"
    case abortedRead = "G1a"
    case intermediateRead = "G1b"
    case circularFlow = "G1c"
    case vanishingTransaction = "OTV"
    case predicateReads = "PMP"
    case lostUpdate = "P4"
    case readSkew = "G-single"
    case writeSkew = "G2-item"
  }

  private let probe: Probe
  private let isAutocommit: Bool
  /// How many transactions have been drawn: each round of the probe is on two rows of its own.
  private var drawn = 0
  private var lastValue: Value = 0

  public init(_ options: inout Options) {
    probe = options.choice("probe", default: Probe.writeSkew, "which anomaly is looked for")
    isAutocommit = options.flag(
      "autocommit", default: false, "whether each step is a request of its own")
  }

  public var facts: Facts { Facts(initial: Self.before) }

  /// What a row holds before anybody has written it.
  private static let before: Value = 0

  /// What a strategy promises to transactions it does not promise to who sends them in parts.
  public var forgoes: Set<Guarantee> {
    isAutocommit ? Set(Guarantee.isolation + [.noDirtyReads]) : []
  }

  var needs: [(name: String, operation: Operation)] {
    guard probe.isOfLists else { return [] }
    return [("append", .append(0, 1)), ("reads of lists", .read(0, .list))]
  }

  mutating func next(
    for client: Int, _ supports: (Operation) -> Bool, _ random: inout Random
  ) -> Intent {
    let roles = probe.roles
    let role = roles[drawn % roles.count]
    let steps = role.deeds.map { operation($0, in: drawn / roles.count) }
    drawn += 1
    guard role.isRolledBack else {
      return isAutocommit
        ? Intent(
          function: .transaction, key: 0, steps: steps, procedure: Procedure(.eachStep(steps)))
        : .transaction(steps, supports)
    }
    return rollback(of: steps, supports)
  }

  func finalReads(_ supports: (Operation) -> Bool) -> [Intent] {
    (0..<((drawn + probe.roles.count - 1) / probe.roles.count)).map { round in
      .transaction(probe.rows.map { read($0, in: round) }, supports)
    }
  }

  private mutating func operation(_ deed: Deed, in round: Int) -> Operation {
    guard case .write(let row) = deed else { return read(deed.row, in: round) }
    lastValue += 1
    return probe.isOfLists
      ? .append(row.key(in: round), lastValue) : .write(row.key(in: round), lastValue)
  }

  private func read(_ row: Row, in round: Int) -> Operation {
    .read(row.key(in: round), probe.isOfLists ? .list : .register)
  }

  /// A write that is taken back: in a transaction a condition that never holds comes after it.
  private func rollback(of steps: [Operation], _ supports: (Operation) -> Bool) -> Intent {
    var procedure = Procedure(WriteBack(steps, before: Self.before))
    if let key = steps.first?.keys.first, !isAutocommit {
      let never = Operation.compareAndSet(key, expected: -1, new: -1)
      let whole = Operation.transaction(steps + [never])
      if supports(whole) { procedure = Procedure(.single(whole)) }
    }
    return Intent(function: .transaction, key: 0, steps: steps, procedure: procedure)
  }
}

// MARK: Shapes

/// A row of a round.
private enum Row: Int, Sendable {
  case x, y

  func key(in round: Int) -> Key { Key(2 * round + rawValue) }
}

private enum Deed: Sendable {
  case read(Row), write(Row)

  var row: Row {
    switch self {
    case .read(let row), .write(let row): row
    }
  }
}

/// One of the transactions of a probe.
private struct Role: Sendable {
  let deeds: [Deed]
  let isRolledBack: Bool

  init(_ deeds: Deed..., isRolledBack: Bool = false) {
    self.deeds = deeds
    self.isRolledBack = isRolledBack
  }
}

extension HermitageWorkload.Probe {
  fileprivate var isOfLists: Bool { self == .writeCycle }

  fileprivate var roles: [Role] {
    switch self {
    case .writeCycle:
      [
        Role(.write(.x), .write(.y)), Role(.write(.x), .write(.y)), Role(.read(.x), .read(.y)),
      ]
    case .abortedRead:
      [Role(.write(.x), isRolledBack: true), Role(.write(.y)), Role(.read(.x), .read(.y))]
    case .intermediateRead: [Role(.write(.x), .write(.x)), Role(.read(.x))]
    case .circularFlow: [Role(.write(.x), .read(.y)), Role(.write(.y), .read(.x))]
    case .vanishingTransaction: [Role(.write(.x), .write(.y)), Role(.read(.x), .read(.y))]
    case .predicateReads: [Role(.write(.x)), Role(.read(.x), .read(.x))]
    case .lostUpdate: [Role(.read(.x), .write(.x)), Role(.read(.x), .write(.x))]
    case .readSkew:
      [Role(.read(.x), .read(.y), .write(.y), .write(.x)), Role(.read(.x), .read(.y))]
    case .writeSkew:
      [Role(.read(.x), .read(.y), .write(.x)), Role(.read(.x), .read(.y), .write(.y))]
    }
  }

  /// The rows that it is about.
  fileprivate var rows: [Row] {
    roles.contains { $0.deeds.contains { $0.row == .y } } ? [.x, .y] : [.x]
  }
}

/// What clients do who have no rollback: one step after another, and then they write back what was there. Others
/// have seen it by then; but it certainly is not there any more.
private struct WriteBack: Program {
  private let steps: [Operation]
  private var done = 0

  init(_ steps: [Operation], before: Value) {
    self.steps =
      steps
      + steps.compactMap { step in
        if case .write(let key, _) = step { .write(key, before) } else { nil }
      }
  }

  var hasWrittenNothing: Bool { steps.prefix(done).allSatisfy(\.isReadOnly) }

  func begin() -> Operation { steps[0] }

  mutating func advance(_ answer: Answer) -> Procedure.Next {
    done += 1
    return done < steps.count ? .ask(steps[done]) : .refused
  }
}

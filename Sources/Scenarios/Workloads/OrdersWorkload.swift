// Orders and their items, in two sets of each customer: whoever sees an order must see its items. One
// transaction where the strategy has them. Elsewhere one insert after another: the order first, as one
// thinks of it; or the items first, so that what is visible early refers to nothing. Readers read the orders
// first, then the items.

import Checking
import Histories
import Simulation

/// `kind: orders`.
public struct OrdersWorkload: Workload, IntentSource {
  public static let name = "orders"
  public static let summary = "orders with items in another set; reads of both"
  public static let guarantees: [Guarantee] = [.referentialIntegrity, .converged]

  /// What is inserted first where there are no transactions.
  enum First: String, CaseIterable, Sendable { case order, items }

  private var keys: KeyChooser
  private let first: First
  private let mix: Mix
  private var lastOrder: Value = 0

  private static let mostItems = 3

  public init(_ options: inout Options) {
    keys = KeyChooser(&options, default: 10)
    first = options.choice(
      "first", default: First.order, "what is inserted first where there are no transactions")
    mix = Mix(&options, [("order", 60), ("read", 40)])
  }

  public var facts: Facts { Facts() }

  private func orders(of customer: Key) -> Key { 2 * customer }
  private func items(of customer: Key) -> Key { 2 * customer + 1 }

  mutating func next(
    for client: Int, _ supports: (Operation) -> Bool, _ random: inout Random
  ) -> Intent {
    guard mix.draw(&random) == "order" else { return read(keys.draw(&random), supports) }
    let customer = keys.drawToChange(&random)
    lastOrder += 1
    let number = lastOrder * 10
    let own = (0..<(1 + random.below(Self.mostItems))).map { number + 1 + Value($0) }
    let order = Operation.insert(orders(of: customer), number)
    let inserts = own.map { Operation.insert(items(of: customer), $0) }
    let steps = first == .order ? [order] + inserts : inserts + [order]
    let whole = Operation.transaction(steps)
    return Intent(
      function: .insert, key: customer, list: [number] + own,
      procedure: Procedure(supports(whole) ? .single(whole) : .eachStep(steps)))
  }

  func finalReads(_ supports: (Operation) -> Bool) -> [Intent] {
    keys.worthReading.map { read($0, supports) }
  }

  private func read(_ customer: Key, _ supports: (Operation) -> Bool) -> Intent {
    .ofSets([orders(of: customer), items(of: customer)], under: customer, supports)
  }
}

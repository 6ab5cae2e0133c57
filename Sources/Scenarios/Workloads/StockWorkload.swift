// Stock that sells out. A decrement with a floor where the strategy has it; else what a user would write:
// look whether there is enough, then take it, from a counter or by writing a register back.

import Checking
import Histories
import Simulation

/// `kind: stock`.
public struct StockWorkload: Workload, IntentSource {
  public static let name = "stock"
  public static let summary = "sales of articles until none is left; look-then-take without a floor"
  public static let guarantees: [Guarantee] = [.stock, .counter, .converged]

  private var keys: KeyChooser
  private let stock: Int
  private let most: Int
  private let mix: Mix

  public init(_ options: inout Options) {
    keys = KeyChooser(&options, default: 5)
    stock = options.integer(
      "stock", default: 100, in: 0...1_000_000, "how much of each article there is at first")
    most = options.integer("max-sale", default: 3, in: 1...1_000_000, "the most of one sale")
    mix = Mix(&options, [("sell", 70), ("restock", 0), ("read", 30)])
  }

  public var facts: Facts { Facts(counterStart: Value(stock)) }

  private func hasCounters(_ supports: (Operation) -> Bool) -> Bool {
    supports(.increment(0, by: 1, floor: nil))
  }

  func setup(_ supports: (Operation) -> Bool) -> [Operation] {
    (0..<keys.count).map { article in
      hasCounters(supports)
        ? .increment(Key(article), by: Value(stock), floor: nil)
        : .write(Key(article), Value(stock))
    }
  }

  mutating func next(
    for client: Int, _ supports: (Operation) -> Bool, _ random: inout Random
  ) -> Intent {
    let choice = mix.draw(&random)
    guard choice != "read" else { return read(keys.draw(&random), supports) }
    let key = keys.drawToChange(&random)
    let amount = Value(1 + random.below(most))
    let type: DataType = hasCounters(supports) ? .counter : .register
    let procedure: Procedure
    if choice == "restock" {
      procedure =
        type == .counter
        ? Procedure(.single(.increment(key, by: amount, floor: nil)))
        : Procedure(.readAndAdd(key, amount))
    } else {
      let sale = Operation.increment(key, by: -amount, floor: 0)
      procedure =
        supports(sale)
        ? Procedure(.single(sale)) : Procedure(ReadThenChange(key, .take(amount, type: type)))
    }
    return Intent(
      function: .increment, key: key, value: choice == "restock" ? amount : -amount,
      procedure: procedure)
  }

  func finalReads(_ supports: (Operation) -> Bool) -> [Intent] {
    keys.worthReading.map { read($0, supports) }
  }

  private func read(_ key: Key, _ supports: (Operation) -> Bool) -> Intent {
    let type: DataType = hasCounters(supports) ? .counter : .register
    return Intent(function: .read, key: key, procedure: Procedure(.single(.read(key, type))))
  }
}

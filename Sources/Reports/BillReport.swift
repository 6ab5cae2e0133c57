// A bill: what would be paid for each month, item by item, each price with where it is from.

import Scenarios

/// Dollars a month, as text and JSON.
public enum BillReport {
  /// Lines of a run's report.
  static func lines(_ bill: Bill) -> [String] {
    let cells = bill.items.map { item in
      [
        item.name, "\(amount(item.quantity)) \(item.unit)",
        item.price.map { "$\(price($0.dollars)) for each \($0.unit)" } ?? "",
        item.dollars.map { "$\(fixed($0, 2))" } ?? "NOT PRICED",
        item.price.map { $0.date.isEmpty ? $0.source : "\($0.source), \($0.date)" } ?? "",
      ]
    }
    let million = bill.perMillionOperations.map { "; $\(fixed($0, 3)) for a million operations" }
    let short = bill.unpriced.isEmpty ? "" : ", without what is not priced"
    return [
      "  cost          $\(fixed(bill.monthly, 2)) a month\(short)\(million ?? ""); "
        + "\(bill.provider.rawValue), the run's rates x \(grouped(bill.scale))"
    ] + TextTable.lines(cells).map { "      \($0)" }
  }

  /// The bill as an object.
  public static func object(_ bill: Bill) -> JSON {
    .object([
      ("provider", .string(bill.provider.rawValue)), ("scale", .integer(Int64(bill.scale))),
      ("currency", .string("USD")), ("perMonth", .number(bill.monthly)),
      ("perMillionOperations", bill.perMillionOperations.map { .number($0) } ?? .null),
      ("isWhole", .bool(bill.unpriced.isEmpty)),
      (
        "items",
        .array(
          bill.items.map { item in
            .object([
              ("name", .string(item.name)), ("quantity", .number(item.quantity)),
              ("unit", .string(item.unit)),
              ("price", item.price.map { .number($0.dollars) } ?? .null),
              ("perMonth", item.dollars.map { .number($0) } ?? .null),
              ("source", item.price.map { .string($0.source) } ?? .null),
              ("date", item.price.map { $0.date.isEmpty ? .null : .string($0.date) } ?? .null),
            ])
          })
      ),
      ("notPriced", .array(bill.unpriced.map { .string($0.name) })),
    ])
  }

  private static func amount(_ value: Double) -> String {
    value >= 100 ? grouped(Int(value.rounded())) : fixed(value, 3)
  }

  /// Without trailing zeros.
  private static func price(_ dollars: Double) -> String { JSON.decimal(dollars) }
}

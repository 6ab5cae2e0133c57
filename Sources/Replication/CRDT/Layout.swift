// What a region stores: the rows of its data types, its context, and the log if operations are exchanged.

import Simulation

extension CRDT {
  /// The tables of a region and who reads them.
  struct Layout: Sendable {
    let types: Types
    let context: Context
    let log: OperationLog
    let tables: [Table]

    init(_ options: CRDT, in topology: Topology) {
      types = Types(options)
      context = Context(types.tables.count, options.flaw.ledger)
      // A list's place, or the other fields of a record.
      let detail = max(3, 2 * (options.fieldsPerRow - 1))
      log = OperationLog(types.tables.count + 2, detail: detail, in: topology)
      tables = types.tables + context.tables + (options.exchange == .operation ? [log.table] : [])
    }
  }

  public func schema(in topology: Topology) -> Schema {
    let isAlive = "removed_sequence = 0"
    let registers =
      register == .lww
      ? "SELECT key, value FROM registers" : "SELECT key, value FROM siblings WHERE \(isAlive)"
    let inserts = "SELECT key, element FROM dots WHERE is_remove = 0 AND \(isAlive)"
    return Schema(
      tables: Layout(self, in: topology).tables,
      views: [
        Schema.View(
          "items",
          """
          \(registers) UNION ALL \
          SELECT key, sum(added - removed) AS value FROM counters GROUP BY key
          """),
        Schema.View(
          "elements",
          """
          \(inserts) EXCEPT \
          SELECT key, element FROM dots WHERE is_remove = 1 AND \(isAlive)
          """),
      ])
  }
}

// One body of random batches for every kind of store: what they read and what they hold afterwards
// must be the same, through commits, syncs and crashes.

import Simulation
import Storage

/// Tables of the shapes that strategies use, and a view.
let schema = Schema(
  tables: [
    Table(0, "register", key: ["key"], columns: ["value", "region"]),
    Table(1, "log", key: ["origin", "order", "part"], columns: ["value"]),
    Table(2, "members", key: ["key", "element"], columns: []),
    Table(3, "marks", key: ["key"], columns: []),
  ],
  views: [
    Schema.View("items", #"SELECT "key", "value" FROM "register""#),
    Schema.View("elements", #"SELECT "key", "element" FROM "members""#),
  ])

/// Every row of a store.
func contents(_ store: some Store) -> [[Row]] { schema.tables.map { store.rows($0) } }

/// A driver whose draws decide everything, so that two stores can be given the same.
struct Workload {
  var random: Random
  /// Keys below this number: few make overwriting and deleting frequent.
  var keys = 6
  /// The most writes in a batch.
  var writes = 4

  init(seed: UInt64) { random = Random(seed: seed, stream: "workload") }

  /// One batch without its commit. Returns what it read.
  mutating func batch(_ store: some DurableStore) -> [[Row]] {
    store.begin()
    var seen: [[Row]] = []
    for _ in 0..<(1 + random.below(writes)) {
      let table = random.pick(schema.tables)
      let key = table.key.map { _ in Int64(random.below(keys)) - 2 }
      switch random.below(8) {
      case 0...3: store.put(table, key, table.columns.map { _ in draw() })
      case 4: store.delete(table, key)
      case 5: seen.append(store.get(table, key).map { [$0] } ?? [])
      default:
        let prefix = Array(key.prefix(random.below(key.count + 1)))
        seen.append(
          store.rows(
            table, prefix: prefix,
            from: random.below(3) == 0 ? .min : Int64(random.below(keys)) - 2,
            limit: random.below(3) == 0 ? .max : random.below(4), backwards: random.below(2) == 0))
      }
    }
    return seen
  }

  private mutating func draw() -> Int64 {
    random.below(4) == 0 ? Int64(bitPattern: random.next()) : Int64(random.below(3))
  }
}

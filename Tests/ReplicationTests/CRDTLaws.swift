// Replicas without a network, for the laws of data types: regions that update their own states and hear of
// each other when chance wants it, by operations or by states.

import Histories

@testable import Replication
@testable import Simulation

/// A region's state: its rows and what they include.
final class LawState {
  let types: CRDT.Types
  let store: MemoryStore
  var included = VersionVector()
  private let schema: Schema

  init(_ types: CRDT.Types) {
    self.types = types
    schema = Schema(tables: types.tables, views: [])
    store = MemoryStore(schema)
  }

  /// All rows, tombstones too.
  var rows: [[Row]] { types.tables.map { store.rows($0) } }

  /// All rows, but of a tombstone only that it is one: of several regions that removed an element at once,
  /// operations may leave the name of any.
  var meaning: [[Row]] { CRDTHarness.meaning(types, in: store) }

  var items: [CRDT.Snapshot.Item] {
    types.tables.flatMap { table in
      store.rows(table).map { CRDT.Snapshot.Item(table: table.ordinal, row: $0) }
    }
  }

  func copy() -> LawState {
    let copy = LawState(types)
    for table in types.tables {
      for row in store.rows(table) {
        let width = table.key.count
        copy.store.put(table, Array(row.prefix(width)), Array(row.dropFirst(width)))
      }
    }
    copy.included = included
    return copy
  }

  /// Carries out an operation that may be carried out here; gives the rows that it touched.
  @discardableResult
  func apply(_ entry: CRDT.Entry) -> [CRDT.RowID] {
    var rows = CRDT.Rows(store)
    _ = types.effect(entry, on: &rows)
    included[entry.origin] = entry.sequence
    return rows.touched
  }

  func merge(_ items: [CRDT.Snapshot.Item], _ vector: VersionVector) {
    var rows = CRDT.Rows(store)
    _ = types.merge(items, vector, into: &rows, including: included)
    included.merge(vector)
  }

  /// The least upper bound.
  func joined(with other: LawState) -> LawState {
    let join = copy()
    join.merge(other.items, other.included)
    return join
  }

  func delta(_ touched: [CRDT.RowID]) -> [CRDT.Snapshot.Item] {
    touched.compactMap { row in
      store.get(types.tables[row.table], row.key).map {
        CRDT.Snapshot.Item(table: row.table, row: row.key + $0)
      }
    }
  }
}

/// A random past: what four regions did and heard of.
struct LawHistory {
  let types: CRDT.Types
  private(set) var entries: [CRDT.Entry] = []
  /// The state of some region at some moment, as the rows were then.
  private(set) var samples: [LawState] = []
  /// The regions at the end.
  let regions: [LawState]
  /// For each entry, the state of its author before, after, and what it touched.
  private(set) var steps: [(before: LawState, after: LawState, touched: [CRDT.RowID])] = []
  private var clocks = Array(repeating: HybridClock(), count: 4)

  init(_ options: CRDT, _ random: inout Random, _ count: Int) {
    types = CRDT.Types(options)
    let types = types
    regions = (0..<4).map { _ in LawState(types) }
    for _ in 0..<count {
      let region = random.below(4)
      if random.chance(.percent(50)) { hear(region, of: random.below(4), options.exchange) }
      update(region, &random)
      if random.chance(.percent(30)) { samples.append(regions[region].copy()) }
    }
  }

  private mutating func hear(_ region: Int, of other: Int, _ exchange: CRDT.ExchangeKind) {
    if let heard = clocks[other].latest { clocks[region].merge(heard) }
    let (mine, theirs) = (regions[region], regions[other])
    if exchange == .operation {
      for entry in entries where theirs.included.includes(entry.sequence, of: entry.origin) {
        if !mine.included.includes(entry.sequence, of: entry.origin) { mine.apply(entry) }
      }
    } else {
      mine.merge(theirs.items, theirs.included)
    }
  }

  private mutating func update(_ region: Int, _ random: inout Random) {
    let state = regions[region]
    let key = Key(random.below(3))
    let kind = random.pick(CRDT.Kind.allCases)
    var value: Value = random.chance(.percent(50)) ? Value(random.below(3)) : Value(entries.count)
    if kind == .boundedIncrement { value = Value(random.below(9)) - 4 }
    var detail: [Int64] = []
    if kind == .transfer {
      let id = Region.ID(region)
      guard let gift = types.escrow?.gift(2, from: id, key, in: state.store), gift > 0
      else { return }
      value = gift
      detail = [Int64((region + 1 + random.below(3)) % 4)]
    }
    var entry = CRDT.Entry(
      origin: Region.ID(region), sequence: state.included[Region.ID(region)] + 1, kind: kind,
      key: key, value: value,
      timestamp: clocks[region].tick(Instant(nanoseconds: random.within(0...10))),
      seen: state.included, detail: detail)
    guard types.prepare(&entry, on: CRDT.Rows(state.store)) == nil else { return }
    let before = state.copy()
    let touched = state.apply(entry)
    steps.append((before, state.copy(), touched))
    entries.append(entry)
  }

  /// A random order in which everything comes after what it had seen.
  func causalOrder(_ random: inout Random) -> [CRDT.Entry] {
    var rest = entries
    var vector = VersionVector()
    var order: [CRDT.Entry] = []
    while !rest.isEmpty {
      let ready = rest.indices.filter { vector.includes(rest[$0].seen) }
      let entry = rest.remove(at: random.pick(ready))
      vector[entry.origin] = entry.sequence
      order.append(entry)
    }
    return order
  }
}

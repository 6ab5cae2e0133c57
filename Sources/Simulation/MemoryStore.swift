// A store in plain memory with the same promises as the real one: a second opinion on Storage (both
// must give identical runs), and what strategies are unit-tested and benchmarked on.

/// Tables as sorted arrays, with an undo log for every commit that is not yet synced.
public final class MemoryStore: DurableStore {
  private var tables: [[Row]]
  private let keyWidths: [Int]
  /// Undo steps of the open transaction and of each unsynced commit, oldest commit first.
  private var open: [Undo] = []
  private var commits: [[Undo]] = []
  private var isRotten = false

  private enum Undo {
    case remove(table: Int, key: Row)
    case restore(table: Int, row: Row)
  }

  public init(_ schema: Schema) {
    tables = Array(repeating: [], count: schema.tables.count)
    keyWidths = schema.tables.map(\.key.count)
  }

  public let failure: String? = nil
  public var unsynced: Int { commits.count }

  public func get(_ table: Table, _ key: Row) -> Row? {
    let (place, found) = find(table.ordinal, key)
    return found ? Array(tables[table.ordinal][place][key.count...]) : nil
  }

  public func put(_ table: Table, _ key: Row, _ columns: Row) {
    let (place, found) = find(table.ordinal, key)
    if found {
      open.append(.restore(table: table.ordinal, row: tables[table.ordinal][place]))
      tables[table.ordinal][place] = key + columns
    } else {
      open.append(.remove(table: table.ordinal, key: key))
      tables[table.ordinal].insert(key + columns, at: place)
    }
  }

  public func delete(_ table: Table, _ key: Row) {
    let (place, found) = find(table.ordinal, key)
    guard found else { return }
    open.append(.restore(table: table.ordinal, row: tables[table.ordinal].remove(at: place)))
  }

  public func rows(
    _ table: Table, prefix: Row, from: Int64, limit: Int, backwards: Bool
  ) -> [Row] {
    let all = tables[table.ordinal]
    let start = find(table.ordinal, prefix.count < table.key.count ? prefix + [from] : prefix).place
    var end = start
    while end < all.count, all[end].starts(with: prefix), backwards || end - start < limit {
      end += 1
    }
    let slice = all[start..<end]
    return backwards ? Array(slice.reversed().prefix(limit)) : Array(slice)
  }

  public func begin() {}

  public func commit() -> Bool {
    guard !open.isEmpty else { return false }
    commits.append(open)
    open.removeAll(keepingCapacity: true)
    return true
  }

  public func synced() { commits.removeAll(keepingCapacity: true) }

  public func crash(surviving: Int, _ random: inout Random) {
    undo(open)
    open.removeAll()
    while commits.count > surviving, let last = commits.popLast() { undo(last) }
    commits.removeAll()
  }

  public func rot(_ random: inout Random) { isRotten = true }

  public func reopen() throws {
    if isRotten { throw DamagedDisk("as told") }
  }

  public func replaceDisk() {
    isRotten = false
    for table in tables.indices { tables[table] = [] }
  }

  public func query(_ sql: String, limit: Int) -> [[String]]? { nil }

  private func undo(_ steps: [Undo]) {
    for step in steps.reversed() {
      switch step {
      case .remove(let table, let key):
        tables[table].remove(at: find(table, key).place)
      case .restore(let table, let row):
        let (place, found) = find(table, Array(row.prefix(keyWidths[table])))
        if found { tables[table][place] = row } else { tables[table].insert(row, at: place) }
      }
    }
  }

  /// The first place whose row is not before `key` (compared over the key's length), and whether it
  /// equals it.
  private func find(_ table: Int, _ key: Row) -> (place: Int, found: Bool) {
    let rows = tables[table]
    var low = 0
    var high = rows.count
    while low < high {
      let middle = (low + high) / 2
      if precedes(rows[middle], key) { low = middle + 1 } else { high = middle }
    }
    return (low, low < rows.count && rows[low].starts(with: key))
  }

  private func precedes(_ row: Row, _ key: Row) -> Bool {
    for column in key.indices where row[column] != key[column] { return row[column] < key[column] }
    return false
  }
}

// Hinted handoff: a write for a region that did not answer is kept by another and delivered later
// (DeCandia et al., "Dynamo", section 4.6). A hint that has become older than `hint-ttl` is thrown away,
// as in Cassandra (its documentation, "Hints", max_hint_window): then only read repair or anti-entropy
// can bring the region up to date.

import Histories
import Simulation

/// Which hints there are, by number; their cells are in the table.
struct HintIndex: Sendable {
  /// For whom, and of which cell.
  struct Place: Hashable, Sendable {
    let home: Region.ID
    let name: CellName
  }

  private var places: [Int64: Place] = [:]
  private var numbers: [Place: Int64] = [:]

  var count: Int { places.count }

  func isHint(_ number: Int64) -> Bool { places[number] != nil }
  func place(of number: Int64) -> Place? { places[number] }

  /// A hint got a number, and lost the one it had.
  mutating func set(_ place: Place, _ number: Int64) {
    if let old = numbers.updateValue(number, forKey: place) { places[old] = nil }
    places[number] = place
  }

  mutating func remove(_ number: Int64) {
    if let place = places.removeValue(forKey: number) { numbers[place] = nil }
  }
}

extension QuorumReplica {
  mutating func startHints(_ node: inout Node<QuorumMessage>) {
    for row in node.store.rows(tables.hints.table) {
      let name = tables.hints.cell(row).name
      hints.set(HintIndex.Place(home: Region.ID(Int(row[0])), name: name), row[row.count - 2])
    }
    if strategy.handsOffHints { node.wake(TimerID(Timer.handOff), after: strategy.retryEvery) }
  }

  /// Keeps writes for a home. All siblings of a cell share a number, so that they travel together.
  mutating func keepHint(
    _ cells: [Cell], for home: Region.ID, _ node: inout Node<QuorumMessage>
  ) {
    var rest = cells[...]
    while let name = rest.first?.name {
      let group = rest.prefix { $0.name == name }
      rest = rest.dropFirst(group.count)
      keepHint(of: name, Array(group), for: home, &node)
    }
  }

  private mutating func keepHint(
    of name: CellName, _ cells: [Cell], for home: Region.ID, _ node: inout Node<QuorumMessage>
  ) {
    let (prefix, store) = ([Int64(home.raw)], node.store)
    let old = tables.hints.cells(name.type, name.key, name.element, prefix: prefix, in: store)
    var merged = Gathering(strategy.conflicts)
    for cell in old + cells { merged.note(cell, from: home) }
    guard Set(merged.cells) != Set(old) else { return }
    for cell in old { store.delete(tables.hints.table, tables.hints.key(cell, prefix)) }
    let number = self.number()
    let extra = [number, node.wallClock.nanoseconds]
    for cell in merged.cells { tables.hints.keep(cell, prefix: prefix, extra: extra, in: store) }
    node.tally(.hints)
    hints.set(HintIndex.Place(home: home, name: name), number)
  }

  /// A home has what was kept for it.
  mutating func forgetHint(_ number: Int64, _ store: any Store) {
    guard let place = hints.place(of: number) else { return }
    let (name, prefix) = (place.name, [Int64(place.home.raw)])
    for cell in tables.hints.cells(name.type, name.key, name.element, prefix: prefix, in: store) {
      store.delete(tables.hints.table, tables.hints.key(cell, prefix))
    }
    hints.remove(number)
  }

  /// Sends hints to those they are for, the first hundred of each; throws away those that are too old.
  mutating func handOff(_ node: inout Node<QuorumMessage>) {
    defer { node.wake(TimerID(Timer.handOff), after: strategy.retryEvery) }
    guard hints.count > 0 else { return }
    let expired = node.wallClock.nanoseconds - strategy.hintLifetime.nanoseconds
    for home in topology.ids where home != region {
      let rows = node.store.rows(
        tables.hints.table, prefix: [Int64(home.raw)], from: .min, limit: 100)
      var last: Int64 = 0
      for row in rows {
        let (number, made) = (row[row.count - 2], row[row.count - 1])
        guard number != last, let name = hints.place(of: number)?.name else { continue }
        last = number
        if made < expired {
          node.tally(.discarded)
          forgetHint(number, node.store)
          continue
        }
        let cells = tables.hints.cells(
          name.type, name.key, name.element, prefix: [Int64(home.raw)], in: node.store)
        node.send(.init(.store(id: number, CellList(cells), standingIn: nil)), to: home)
      }
    }
  }
}

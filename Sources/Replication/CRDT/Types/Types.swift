// Which data types a region has under its options, and which of them an operation or a row belongs to.

import Histories
import Simulation

extension CRDT {
  /// The data types of a region.
  struct Types: Sendable {
    let register: any ReplicatedType
    let counter: any ReplicatedType
    let set: any ReplicatedType
    let list: any ReplicatedType
    /// The counter again if it has escrow.
    let escrow: BoundedCounter?
    /// All tables of replicated rows, from ordinal 0, and the type of each.
    let tables: [Table]
    private let owners: [any ReplicatedType]

    init(_ options: CRDT) {
      let flaw = options.flaw
      let plain: any ReplicatedType =
        options.register == .lww
        ? LastWriterRegister(0, fieldsPerRow: options.fieldsPerRow) : MultiValueRegister(0)
      register = flaw.register(plain)
      let second = register.tables.count
      escrow = options.counter == .bounded ? BoundedCounter(second) : nil
      counter = escrow ?? flaw.counter(PNCounter(second))
      let third = second + counter.tables.count
      set = ObservedSet(third, options.set, forgetsRemoves: options.exchange == .operation)
      list = flaw.list(ReplicatedList(third + 1))
      let all = [register, counter, set, list]
      tables = all.flatMap(\.tables)
      owners = all.flatMap { type in type.tables.map { _ in type } }
    }

    private func owner(of kind: Kind) -> any ReplicatedType {
      switch kind {
      case .write: register
      case .increment, .boundedIncrement, .transfer: counter
      case .insert, .remove: set
      case .append: list
      }
    }

    func prepare(_ entry: inout Entry, on rows: Rows) -> Refusal? {
      owner(of: entry.kind).prepare(&entry, on: rows)
    }

    /// A key names a set or a list; a remove finds its element in whichever there is.
    func effect(_ entry: Entry, on rows: inout Rows) -> Bool {
      if entry.kind == .remove { _ = list.effect(entry, on: &rows) }
      return owner(of: entry.kind).effect(entry, on: &rows)
    }

    /// Joins rows of another region, whose state included `theirs`, with those here, where `mine` is
    /// included. Gives how many of them met something that the other region had not seen.
    func merge(
      _ others: [Snapshot.Item], _ theirs: VersionVector, into rows: inout Rows,
      including mine: VersionVector
    ) -> Int {
      var conflicts = 0
      for other in others {
        let (table, owner) = (tables[other.table], owners[other.table])
        let key = Array(other.row.prefix(table.key.count))
        let columns = Array(other.row.dropFirst(table.key.count))
        guard let current = rows.get(table, key) else {
          // What was here and is forgotten does not come back.
          if let dot = owner.maker(table, key), mine.includes(dot.sequence, of: dot.origin) {
            continue
          }
          rows.put(table, key, columns)
          continue
        }
        let joined = owner.join(table, current, columns)
        if joined != current { rows.put(table, key, joined) }
        if table.name == "registers", current != columns,
          !theirs.includes(current[4], of: Region.ID(Int(current[3])))
        {
          conflicts += 1
        }
      }
      return conflicts
    }

    func collect(_ obsolete: Obsolescence, in store: any Store) {
      for type in [register, counter, set, list] { type.collect(obsolete, in: store) }
    }

    /// What an object holds, and the version of a last-writer-wins register.
    func read(_ key: Key, _ type: DataType, in store: any Store) -> (Answer, Version?) {
      switch type {
      case .register: register.read(key, in: store)
      case .counter: counter.read(key, in: store)
      case .set: set.read(key, in: store)
      case .list: list.read(key, in: store)
      }
    }
  }
}

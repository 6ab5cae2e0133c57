// What a region stores, and how an operation changes it. The state is a function of the log; it is
// stored as well so that reads need not replay it, and so that people can query it.

import Histories
import Simulation

extension CRDT {
  /// The tables of a region.
  struct Tables: Sendable {
    let log: OperationLog
    let lastWriter: LastWriterRegister?
    let multiValue: MultiValueRegister
    let counters: PNCounter
    let sets: ORSet
    /// The last update of each client.
    let requests: Table

    /// Only one kind of register is stored, in the second table.
    init(_ register: RegisterKind, in topology: Topology) {
      log = OperationLog(0, in: topology)
      lastWriter = register == .lww ? LastWriterRegister(1) : nil
      multiValue = MultiValueRegister(1)
      counters = PNCounter(2)
      sets = ORSet(3)
      requests = Table(4, "requests", key: ["client"], columns: ["number"])
    }

    var registers: Table { lastWriter?.table ?? multiValue.table }
    var all: [Table] { [log.table, registers, counters.table, sets.table, requests] }

    /// Changes the data as an operation says; true if it met a write that its author had not seen.
    func apply(_ entry: Entry, to store: any Store) -> Bool {
      switch entry.kind {
      case .write:
        return lastWriter?.apply(entry, to: store) ?? multiValue.apply(entry, to: store)
      case .increment: counters.apply(entry, to: store)
      case .insert: sets.apply(insert: entry, to: store)
      case .remove: sets.apply(remove: entry, to: store)
      }
      return false
    }

    /// What an object holds, and the version of a last-writer-wins register.
    func read(_ key: Key, _ type: DataType, in store: any Store) -> (Answer, Version?) {
      switch type {
      case .register:
        guard let lastWriter else { return (multiValue.read(key, in: store), nil) }
        let (answer, version) = lastWriter.read(key, in: store)
        return (answer, version)
      case .counter: return (counters.read(key, in: store), nil)
      case .set: return (sets.read(key, in: store), nil)
      case .list: return (.values([]), nil)
      }
    }

    /// Notes a client's update; false if it, or a later one of that client, was noted before.
    func isNew(_ request: Request.ID, in store: any Store) -> Bool {
      let client = [Int64(request.client)]
      if let last = store.get(requests, client), last[0] >= request.number { return false }
      store.put(requests, client, [request.number])
      return true
    }
  }
}

// Entries as rows of whole numbers. What is logged is what the client asked, not what it came to:
// every region carries it out itself when it is committed, and they all decide alike (Ongaro,
// "Consensus: Bridging Theory and Practice", section 2.1, replicated state machines).

import Histories
import Simulation

extension Raft {
  /// What a row of the log says; a transaction is a row with its length, then a row for each step.
  enum Code: Int64 {
    case nothing = 0
    case configuration = 1
    case transaction = 2
    case readRegister = 3
    case readCounter = 4
    case readSet = 5
    case readList = 6
    case write = 7
    case compareAndSet = 8
    case increment = 9
    case incrementAboveFloor = 10
    case insert = 11
    case remove = 12
    case append = 13
    case writeSet = 14
    case observed = 15
    case change = 16
    case record = 17
    case rows = 18
  }
}

extension Raft.Entry {
  /// The columns after (index, step) of each of its rows.
  var rows: [Row] {
    switch content {
    case .nothing: return [[place.term, Raft.Code.nothing.rawValue, 0, 0, 0, 0, 0]]
    case .configuration(let members):
      let mask = Int64(bitPattern: members.mask)
      return [[place.term, Raft.Code.configuration.rawValue, 0, mask, 0, 0, 0]]
    case .request(let request):
      return request.operation.rows.map {
        [place.term] + $0 + [Int64(request.id.client), request.id.number]
      }
    case .writeSet(let writeSet):
      return writeSet.rows.map {
        [place.term] + $0 + [Int64(writeSet.id.client), writeSet.id.number]
      }
    case .record(let record):
      return record.rows.map {
        [place.term] + $0 + [Int64(record.id.client), record.id.number]
      }
    }
  }

  /// The entry whose whole rows these are; nil if they make none, as after damage.
  init?(rows: [Row]) {
    guard let first = rows.first, let code = Raft.Code(rawValue: first[3]) else { return nil }
    place = Raft.Place(term: first[2], index: first[0])
    switch code {
    case .nothing: content = .nothing
    case .configuration:
      content = .configuration(Raft.Members(mask: UInt64(bitPattern: first[5])))
    default:
      let id = Request.ID(number: first[8], client: UInt32(truncatingIfNeeded: first[7]))
      let own = rows.map { Array($0[3...6]) }
      if code == .writeSet {
        guard let writeSet = Raft.WriteSet(id, rows: own) else { return nil }
        content = .writeSet(writeSet)
      } else if code == .record {
        guard let record = Raft.Record(id, rows: own) else { return nil }
        content = .record(record)
      } else {
        guard let operation = Operation(rows: own) else { return nil }
        content = .request(Request(id: id, operation: operation))
      }
    }
  }
}

extension Operation {
  /// Code, key, value and a second value: for a transaction after a row with its length.
  var rows: [Row] {
    switch self {
    case .read(let key, .register): [row(.readRegister, key)]
    case .read(let key, .counter): [row(.readCounter, key)]
    case .read(let key, .set): [row(.readSet, key)]
    case .read(let key, .list): [row(.readList, key)]
    case .write(let key, let value): [row(.write, key, value)]
    case .compareAndSet(let key, let expected, let new): [row(.compareAndSet, key, new, expected)]
    case .increment(let key, let amount, nil): [row(.increment, key, amount)]
    case .increment(let key, let amount, let floor?):
      [row(.incrementAboveFloor, key, amount, floor)]
    case .insert(let key, let element): [row(.insert, key, element)]
    case .remove(let key, let element): [row(.remove, key, element)]
    case .append(let key, let element): [row(.append, key, element)]
    case .transaction(let steps):
      [row(.transaction, 0, Int64(steps.count))] + steps.flatMap(\.rows)
    }
  }

  private func row(
    _ code: Raft.Code, _ key: Key, _ value: Int64 = 0, _ extra: Int64 = 0
  ) -> Row {
    [code.rawValue, Int64(key), value, extra]
  }

  init?(rows: [Row]) {
    guard let first = rows.first, let code = Raft.Code(rawValue: first[0]) else { return nil }
    let key = Key(truncatingIfNeeded: first[1])
    let (value, extra) = (first[2], first[3])
    switch code {
    case .nothing, .configuration, .writeSet, .observed, .change, .record, .rows: return nil
    case .transaction:
      let steps = rows.dropFirst().compactMap { Operation(rows: [$0]) }
      guard steps.count == value else { return nil }
      self = .transaction(steps)
    case .readRegister: self = .read(key, .register)
    case .readCounter: self = .read(key, .counter)
    case .readSet: self = .read(key, .set)
    case .readList: self = .read(key, .list)
    case .write: self = .write(key, value)
    case .compareAndSet: self = .compareAndSet(key, expected: extra, new: value)
    case .increment: self = .increment(key, by: value, floor: nil)
    case .incrementAboveFloor: self = .increment(key, by: value, floor: extra)
    case .insert: self = .insert(key, value)
    case .remove: self = .remove(key, value)
    case .append: self = .append(key, value)
    }
  }
}

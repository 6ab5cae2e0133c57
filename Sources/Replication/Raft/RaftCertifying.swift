// Transactions that run ahead of their place in the log, on what their region has carried out, and are
// certified when the log has come to them: if nothing that they depend on has changed since, what they
// would change is applied, else they abort; the same everywhere, since the log is. For the strategy
// `certification`, whose file says where this comes from.

import Histories
import Simulation

extension Raft {
  /// What must not have changed since a transaction ran.
  enum Certifies: String, Sendable, CaseIterable {
    /// What it wrote: the first committer wins (snapshot isolation).
    case writes
    /// What it read (serializability).
    case reads
  }

  /// What a transaction that ran ahead saw and would change.
  public struct WriteSet: Sendable, Hashable {
    public var id: Request.ID
    /// The last entry that was carried out where it ran.
    public var snapshot: Int64
    /// The keys that nobody may have changed since.
    public var observed: [Int64]
    public var changes: [Change]

    /// Code, key, value and a second value, as operations have them.
    var rows: [Row] {
      let head = [Code.writeSet.rawValue, 0, snapshot, Int64(observed.count + changes.count)]
      return [head] + observed.map { [Code.observed.rawValue, $0, 0, 0] }
        + changes.map { [Code.change.rawValue, $0.key, $0.value, $0.kind.rawValue] }
    }

    init(id: Request.ID, snapshot: Int64, observed: [Int64], changes: [Change]) {
      self.id = id
      self.snapshot = snapshot
      self.observed = observed
      self.changes = changes
    }

    /// Nil if the rows make none, as after damage.
    init?(_ id: Request.ID, rows: [Row]) {
      guard let head = rows.first, rows.count == head[3] + 1 else { return nil }
      self.init(id: id, snapshot: head[2], observed: [], changes: [])
      for row in rows.dropFirst() {
        if row[0] == Code.observed.rawValue {
          observed.append(row[1])
        } else if let kind = Change.Kind(rawValue: row[3]) {
          changes.append(Change(kind, key: row[1], value: row[2]))
        } else {
          return nil
        }
      }
    }
  }
}

extension Raft.Member {
  /// Runs an update on what is carried out here, unless it has run; false if it is over with that.
  mutating func runAhead(_ request: Request, _ node: inout Node<Message>) -> Bool {
    guard let open = pending[request.id], open.ahead == nil else { return true }
    var attempt = Attempt(node.store)
    guard let answer = attempt.perform(request.operation) else {
      pending[request.id] = nil
      node.reply(to: request.id, .fail(.conditionFailed))
      return false
    }
    let observed =
      plan.certifies == .reads
      ? request.operation.readKeys.map(Int64.init) : attempt.changes.map(\.key)
    let distinct = observed.enumerated().filter { place, key in
      observed.firstIndex(of: key) == place
    }
    let writeSet = Raft.WriteSet(
      id: request.id, snapshot: applied, observed: distinct.map(\.element),
      changes: attempt.changes)
    pending[request.id]?.ahead = (writeSet, answer)
    return true
  }

  /// Brings a write set to the leader, if one is known.
  mutating func route(_ writeSet: Raft.WriteSet, _ node: inout Node<Message>) {
    guard role == .leader || leader != nil else { return }
    pending[writeSet.id]?.isOut = true
    pending[writeSet.id]?.sentAt = node.now
    if role == .leader {
      propose(writeSet, for: me, &node)
    } else if let leader {
      node.send(.certify(writeSet), to: leader)
    }
  }

  /// Logs a write set.
  mutating func propose(
    _ writeSet: Raft.WriteSet, for origin: Region.ID, _ node: inout Node<Message>
  ) {
    guard role == .leader, reign.successor == nil else {
      refuse(writeSet.id, of: origin, &node)
      return
    }
    if reign.proposed.insert(writeSet.id).inserted { add(.writeSet(writeSet), &node) }
  }

  /// The log has come to a write set: it is applied, or its transaction aborts.
  mutating func certify(
    _ writeSet: Raft.WriteSet, _ place: Raft.Place, _ node: inout Node<Message>
  ) {
    reign.proposed.remove(writeSet.id)
    guard isNew(writeSet.id, place, node) else {
      pending[writeSet.id] = nil
      return
    }
    let isUnchanged = writeSet.observed.allSatisfy {
      Objects.lastChange(of: $0, in: node.store).minor <= writeSet.snapshot
    }
    let version = Version(place.term, place.index)
    if isUnchanged {
      for change in writeSet.changes { Objects.apply(change, version, to: node.store) }
    }
    guard let open = pending.removeValue(forKey: writeSet.id), let ahead = open.ahead else {
      return
    }
    if isUnchanged {
      node.reply(to: writeSet.id, .ok(ahead.answer, told(version)))
    } else {
      node.tally(.conflicts)
      node.reply(to: writeSet.id, .fail(.aborted))
    }
  }
}

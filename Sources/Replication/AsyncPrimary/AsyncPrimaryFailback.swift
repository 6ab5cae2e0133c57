// What becomes of entries that a region has and the primary has not: an old primary's tail, when it comes
// back. With `failback: reapply` the primary is asked to write them again, in their old order, until each is
// acknowledged or found to be in conflict. An entry is known by the place where it first stood, which no
// other entry ever has; so that several regions with the same tail re-apply it once.

import Histories
import Simulation

extension AsyncPrimary {
  /// An entry without a log.
  public struct Orphan: Sendable {
    public var place: Place
    public var client: Int64
    public var request: Int64
    public var changes: [Change]
    /// What each register held before, by change; nil: it was not there, or it is none.
    public var replaced: [Int64?]
  }
}

extension AsyncPrimary.Group {
  typealias Tables = AsyncPrimary.Tables

  // MARK: The region that has them

  /// Keeps an entry that is being undone.
  func keep(_ logged: AsyncPrimary.Logged, _ store: any Store) {
    guard logged.change.kind != .nothing else { return }
    let place = logged.origin == .start ? logged.place : logged.origin
    store.put(
      plan.failback == .reapply ? Tables.tail : Tables.aside,
      [log.home, place.epoch, place.position, logged.step],
      [
        logged.change.kind.rawValue, logged.change.key, logged.change.value,
        logged.existed ? 1 : 0, logged.previous, logged.client, logged.request,
      ])
  }

  func countOrphans(_ node: Host) -> Int {
    guard plan.failback == .reapply else { return 0 }
    return node.store.rows(Tables.tail, prefix: [log.home]).count { $0[3] == 0 }
  }

  /// Every heartbeat: some of them go to the primary, or are written here if this is it.
  mutating func sendOrphans(_ node: inout Host) {
    guard orphans > 0 else { return }
    let batch = orphansInOrder(node)
    if role == .primary {
      adoptOrphans(batch, of: me, &node)
    } else if hearsPrimary, let primary {
      send(.reapply(epoch: epoch, batch), to: primary, &node)
    }
  }

  private func orphansInOrder(_ node: Host) -> [AsyncPrimary.Orphan] {
    var orphans: [AsyncPrimary.Orphan] = []
    for row in node.store.rows(Tables.tail, prefix: [log.home]) {
      guard let kind = Change.Kind(rawValue: row[4]) else { continue }
      let place = Place(epoch: row[1], position: row[2])
      if orphans.last?.place != place {
        if orphans.count == plan.batch { break }
        orphans.append(
          AsyncPrimary.Orphan(
            place: place, client: row[9], request: row[10], changes: [], replaced: []))
      }
      orphans[orphans.count - 1].changes.append(Change(kind, key: row[5], value: row[6]))
      orphans[orphans.count - 1].replaced.append(kind == .put && row[7] == 1 ? row[8] : nil)
    }
    return orphans
  }

  /// The primary has decided about some.
  mutating func settle(_ places: [Place], taken: Bool, _ node: inout Host) {
    for place in places {
      let prefix = [log.home, place.epoch, place.position]
      for row in node.store.rows(Tables.tail, prefix: prefix) {
        if !taken {
          node.store.put(Tables.aside, Array(row.prefix(4)), Array(row.dropFirst(4)))
        }
        node.store.delete(Tables.tail, Array(row.prefix(4)))
      }
    }
    orphans = countOrphans(node)
  }

  // MARK: The primary

  /// Writes again what is not in conflict, and says what is acknowledged of it.
  mutating func adoptOrphans(
    _ orphans: [AsyncPrimary.Orphan], of region: Region.ID, _ node: inout Host
  ) {
    let now = node.now
    guard serves(now) else { return }
    var done: [Place] = []
    var refused: [Place] = []
    for orphan in orphans {
      if let into = position(of: orphan.place, node) {
        if reign.isSettled, into <= reign.acknowledged { done.append(orphan.place) }
      } else if fits(orphan, node) {
        record(
          client: orphan.client, request: orphan.request, orphan.changes, origin: orphan.place,
          at: now, &node)
        node.tally(.reapplied)
      } else {
        refused.append(orphan.place)
      }
    }
    for peer in node.peers { push(to: peer, &node) }
    tell(done, taken: true, region, &node)
    tell(refused, taken: false, region, &node)
  }

  /// Where the log has an entry that stood at a place first: still there, or written again.
  private func position(of place: Place, _ node: Host) -> Int64? {
    if log.holds(place) { return place.position }
    return node.store.get(Tables.reapplied, [log.home, place.epoch, place.position])?[0]
  }

  private mutating func tell(
    _ places: [Place], taken: Bool, _ region: Region.ID, _ node: inout Host
  ) {
    guard !places.isEmpty else { return }
    if region == me {
      settle(places, taken: taken, &node)
    } else {
      send(.reapplied(epoch: epoch, places, taken: taken), to: region, &node)
    }
  }

  /// Whether every register that it changed holds what it replaced.
  private func fits(_ orphan: AsyncPrimary.Orphan, _ node: Host) -> Bool {
    var own: [Int64: Int64] = [:]
    for (change, replaced) in zip(orphan.changes, orphan.replaced) where change.kind == .put {
      let held = own[change.key] ?? node.store.get(Objects.registers, [change.key])?[0]
      if held != replaced { return false }
      own[change.key] = change.value
    }
    return true
  }
}

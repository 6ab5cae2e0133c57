// What clients ask of the primary: executed here, forwarded to it, or refused; a write at most once.

import Histories
import Simulation

extension AsyncPrimary.Group {
  mutating func handle(_ request: Request, _ node: inout Host) {
    if request.operation.isReadOnly, readsHere(request, &node) { return }
    guard role != .primary, let primary, primary != me else {
      execute(request, for: nil, &node)
      return
    }
    guard isNew(request, node) else { return }
    note(request, node)
    guard plan.forwarding || request.operation.isReadOnly else {
      node.reply(to: request.id, .fail(.notServing))
      return
    }
    forwarded.insert(request.id)
    send(.forward(request), to: primary, &node)
  }

  /// Executes a request if it may, for a client here or of the region that forwarded it.
  mutating func execute(_ request: Request, for origin: Region.ID?, _ node: inout Host) {
    guard isNew(request, node) else { return }
    note(request, node)
    let now = node.now
    let isRead = request.operation.isReadOnly
    guard serves(now), isRead || !isThrottled(now, node) else {
      respond(to: request.id, .fail(.notServing), origin, &node)
      return
    }
    var attempt = Attempt(node.store)
    guard let answer = rules.perform(request.operation, &attempt, sight(now, node)) else {
      respond(to: request.id, .fail(.conditionFailed), origin, &node)
      return
    }
    // What it shows must be there to stay, also a row that an earlier primary wrote.
    var position = attempt.version?.minor ?? 0
    var version = attempt.version
    if !attempt.changes.isEmpty {
      record(
        client: Int64(request.id.client), request: request.id.number, attempt.changes, at: now,
        &node)
      position = log.last
      version = Version(epoch, log.last)
    }
    wait(
      AsyncPrimary.Waiting(
        position: position, request: request.id, origin: origin, outcome: .ok(answer, version),
        isRead: attempt.changes.isEmpty), &node)
    guard !attempt.changes.isEmpty else { return }
    for peer in node.peers { push(to: peer, &node) }
  }

  /// Whether it is the primary, sure of it, and not about to hand over.
  func serves(_ now: Instant) -> Bool {
    role == .primary && now >= reign.yieldsUntil && holdsLease(now)
  }

  /// Answers as soon as a position is acknowledged.
  mutating func wait(_ waiting: AsyncPrimary.Waiting, _ node: inout Host) {
    guard waiting.position > reign.acknowledged else {
      respond(to: waiting, &node)
      return
    }
    let place = reign.pending.lastIndex { $0.position <= waiting.position }
    reign.pending.insert(waiting, at: place.map { $0 + 1 } ?? 0)
  }

  mutating func respond(to waiting: AsyncPrimary.Waiting, _ node: inout Host) {
    guard let outcome = waiting.outcome else {
      if let origin = waiting.origin { tellPosition(to: origin, for: waiting.request, &node) }
      return
    }
    let wrote = waiting.isRead ? nil : log.place(at: waiting.position)
    respond(to: waiting.request, outcome, waiting.origin, wrote: wrote, &node)
  }

  /// Tells a client, if need be by way of the region that it asked.
  mutating func respond(
    to request: Request.ID, _ outcome: Outcome, _ origin: Region.ID?, wrote: Place? = nil,
    _ node: inout Host
  ) {
    if let origin {
      send(.answer(request, outcome, wrote: wrote), to: origin, &node)
    } else {
      node.reply(to: request, told(outcome))
    }
  }

  /// The primary's answer comes back to the region that asked it.
  mutating func relay(
    _ outcome: Outcome, to request: Request.ID, _ wrote: Place?, _ node: inout Host
  ) {
    readers.removeAll { $0.request.id == request }
    guard forwarded.remove(request) != nil else { return }
    if let wrote, plan.reads == .session { noteSession(request.client, wrote, node) }
    node.reply(to: request, told(outcome))
  }

  /// A write's place in the order of all, unless it may get another one later.
  func told(_ outcome: Outcome) -> Outcome {
    guard plan.failback == .reapply, case .ok(let answer, _) = outcome else { return outcome }
    return .ok(answer, nil)
  }

  // MARK: What is noted of clients

  /// Whether this is not the second copy of a write. Reads may as well be answered twice.
  private func isNew(_ request: Request, _ node: Host) -> Bool {
    request.operation.isReadOnly || request.id.number > client(request.id.client, node)[0]
  }

  private func note(_ request: Request, _ node: Host) {
    guard !request.operation.isReadOnly else { return }
    var row = client(request.id.client, node)
    row[0] = max(row[0], request.id.number)
    node.store.put(AsyncPrimary.Tables.clients, [log.home, Int64(request.id.client)], row)
  }

  /// Where the newest write is that a client made through this region.
  func session(_ client: UInt32, _ node: Host) -> Place {
    let row = self.client(client, node)
    return Place(epoch: row[1], position: row[2])
  }

  private func noteSession(_ client: UInt32, _ place: Place, _ node: Host) {
    guard place > session(client, node) else { return }
    let number = self.client(client, node)[0]
    node.store.put(
      AsyncPrimary.Tables.clients, [log.home, Int64(client)],
      [number, place.epoch, place.position])
  }

  private func client(_ client: UInt32, _ node: Host) -> Row {
    node.store.get(AsyncPrimary.Tables.clients, [log.home, Int64(client)]) ?? [0, 0, 0]
  }
}

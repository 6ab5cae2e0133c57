// What clients ask: answered here, forwarded to the primary, or refused; a write at most once.

import Histories
import Simulation

extension AsyncPrimary.Member {
  public mutating func handle(_ request: Request, _ node: inout Node<Message>) {
    let operation = request.operation
    guard plan.supports(operation) else {
      node.reply(to: request.id, .fail(.unsupported))
      return
    }
    if operation.isReadOnly, plan.reads == .local {
      var attempt = Attempt(node.store)
      if let answer = attempt.perform(operation) {
        node.reply(to: request.id, .ok(answer, attempt.version))
      }
      return
    }
    guard role != .primary, let primary, primary != me else {
      execute(request, for: nil, &node)
      return
    }
    guard isNew(request, node) else { return }
    note(request, at: 0, node)
    forwarded.insert(request.id)
    node.send(.forward(request), to: primary)
  }

  /// Executes a request if it may, for a client here or of the region that forwarded it.
  mutating func execute(
    _ request: Request, for origin: Region.ID?, _ node: inout Node<Message>
  ) {
    guard isNew(request, node) else { return }
    let now = node.now
    guard isPrimary, now >= reign.yieldsUntil, holdsLease(now) else {
      note(request, at: 0, node)
      respond(to: request.id, .fail(.notServing), origin, &node)
      return
    }
    var attempt = Attempt(node.store)
    guard let answer = attempt.perform(request.operation) else {
      note(request, at: 0, node)
      respond(to: request.id, .fail(.conditionFailed), origin, &node)
      return
    }
    var waiting = AsyncPrimary.Waiting(
      position: 0, request: request.id, origin: origin, outcome: .ok(answer, attempt.version),
      isRead: attempt.changes.isEmpty)
    if attempt.changes.isEmpty {
      // What it shows must be there to stay, also a row that an earlier primary wrote.
      if let seen = attempt.version { waiting.position = seen.minor }
    } else {
      record(
        client: Int64(request.id.client), request: request.id.number, attempt.changes, node)
      note(request, at: log.last, node)
      waiting.position = log.last
      waiting.outcome = .ok(answer, Version(epoch, log.last))
    }
    if waiting.position <= reign.acknowledged {
      respond(to: request.id, waiting.outcome, origin, &node)
    } else {
      let place = reign.pending.lastIndex { $0.position <= waiting.position }
      reign.pending.insert(waiting, at: place.map { $0 + 1 } ?? 0)
    }
    guard !waiting.isRead else { return }
    for peer in node.peers { push(to: peer, &node) }
  }

  /// Tells a client, if need be by way of the region that it asked.
  mutating func respond(
    to request: Request.ID, _ outcome: Outcome, _ origin: Region.ID?, _ node: inout Node<Message>
  ) {
    if let origin {
      node.send(.answer(request, outcome), to: origin)
    } else {
      node.reply(to: request, outcome)
    }
  }

  /// Whether this is not the second copy of a write. Reads may as well be answered twice.
  private func isNew(_ request: Request, _ node: Node<Message>) -> Bool {
    request.operation.isReadOnly
      || node.store.get(AsyncPrimary.Tables.requests, key(of: request)) == nil
  }

  private func note(_ request: Request, at position: Int64, _ node: Node<Message>) {
    guard !request.operation.isReadOnly else { return }
    node.store.put(AsyncPrimary.Tables.requests, key(of: request), [position])
  }

  private func key(of request: Request) -> Row {
    [Int64(request.id.client), request.id.number]
  }
}

// Reads that the client's own region answers: at once, or when it has enough.

import Histories
import Simulation

extension AsyncPrimary {
  /// A read that waits at its client's region.
  struct Reader {
    let request: Request
    let since: Instant
    /// What the region must have; nil while the primary has not said.
    var place: Place?
  }
}

extension AsyncPrimary.Group {
  /// Takes care of a read if this region answers it.
  mutating func readsHere(_ request: Request, _ node: inout Host) -> Bool {
    let now = node.now
    switch plan.reads {
    case .primary: return false
    case .local: answer(request, &node)
    case .session:
      let place = session(request.id.client, node)
      readers.append(AsyncPrimary.Reader(request: request, since: now, place: place))
      serveReaders(&node)
    case .global:
      guard role != .primary else { return false }
      askPosition(for: request, now, &node)
    case .bounded:
      guard role != .primary else { return false }
      if isFresh(now) {
        answer(request, &node)
      } else {
        askPosition(for: request, now, &node)
      }
    }
    return true
  }

  /// Whether what is here has all that was acknowledged `max-age` ago; 1 % is for its clock.
  private func isFresh(_ now: Instant) -> Bool {
    freshAsOf.map { now - $0 <= plan.maxAge - plan.maxAge / 100 } ?? false
  }

  private mutating func askPosition(
    for request: Request, _ now: Instant, _ node: inout Host
  ) {
    guard let primary, primary != me else {
      node.reply(to: request.id, .fail(.notServing))
      return
    }
    // Its client has long given up on what is this old.
    readers.removeAll { now - $0.since > .seconds(60) }
    readers.append(AsyncPrimary.Reader(request: request, since: now, place: nil))
    forwarded.insert(request.id)
    send(.askPosition(request.id), to: primary, &node)
  }

  /// The primary says up to where a read must see the log: all that is acknowledged by now, or shown
  /// anywhere.
  mutating func tellPosition(
    to region: Region.ID, for request: Request.ID, _ node: inout Host
  ) {
    guard serves(node.now) else {
      respond(to: request, .fail(.notServing), region, &node)
      return
    }
    guard reign.isSettled else {
      wait(
        AsyncPrimary.Waiting(
          position: reign.opening, request: request, origin: region, outcome: nil, isRead: true),
        &node)
      return
    }
    let place = plan.shows == .applied ? log.end : log.place(at: reign.acknowledged)
    send(.position(request, place), to: region, &node)
  }

  mutating func readFrom(_ place: Place, _ request: Request.ID, _ node: inout Host) {
    forwarded.remove(request)
    for reader in readers.indices where readers[reader].request.id == request {
      readers[reader].place = place
    }
    if plan.shows == .acknowledged, place.epoch == epoch {
      told = max(told, place.position)
      learnAcknowledged(node)
    }
    serveReaders(&node)
  }

  /// Answers the reads for which there is enough by now.
  mutating func serveReaders(_ node: inout Host) {
    guard !readers.isEmpty else { return }
    let waiting = readers
    readers = []
    for reader in waiting {
      if let place = reader.place, shows(place) {
        answer(reader.request, &node)
      } else {
        readers.append(reader)
      }
    }
  }

  /// Whether reads here see a place. A log with a later epoch has all that was acknowledged in an
  /// earlier one.
  private func shows(_ place: Place) -> Bool {
    guard log.end >= place else { return false }
    guard plan.shows == .acknowledged else { return true }
    let seen = seen
    return seen >= place.position || log.epoch(at: seen) > place.epoch
  }

  /// Up to where reads here see the log, if they see only what is acknowledged.
  private var seen: Int64 {
    role == .primary ? max(acknowledged, reign.acknowledged) : acknowledged
  }

  private mutating func answer(_ request: Request, _ node: inout Host) {
    let now = node.now
    let store = plan.shows == .applied ? node.store : log.past(before: seen, node.store)
    var attempt = Attempt(rules.view(of: store, sight(now, node)))
    if let answer = attempt.perform(request.operation) {
      node.reply(to: request.id, told(.ok(answer, attempt.version)))
    }
  }

  /// What a variant may look at.
  func sight(_ now: Instant, _ node: Host) -> AsyncPrimary.Sight {
    AsyncPrimary.Sight(
      store: node.store, log: log, acknowledged: seen, isPrimary: role == .primary, now: now)
  }
}

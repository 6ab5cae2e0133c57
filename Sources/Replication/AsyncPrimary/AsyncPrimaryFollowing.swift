// The log on its way in: what a follower takes, what it undoes for it, and what of it it may show.

import Histories
import Simulation

extension AsyncPrimary.Group {
  /// Follows a primary whose message this is; false if its time is over.
  mutating func follow(
    _ sender: Region.ID, epoch: Int64, _ node: inout Host
  ) -> Bool {
    guard epoch >= promised else {
      send(.stale(promised: promised), to: sender, &node)
      return false
    }
    if role == .primary { stepDown(&node) }
    role = .follower
    adopt(epoch, node)
    primary = sender
    hearsPrimary = true
    heardAt = node.now
    standsAt = heardAt + patience + spread(&node)
    return true
  }

  mutating func take(
    _ append: Message.Append, from sender: Region.ID, _ node: inout Host
  ) {
    guard follow(sender, epoch: append.epoch, &node) else { return }
    target = max(target, append.last)
    guard log.holds(append.previous) else {
      send(
        .mismatch(
          epoch: epoch, rejected: append.previous.position, hint: log.hint(after: append.previous),
          stamp: append.stamp), to: sender, &node)
      return
    }
    let now = node.now
    for entry in append.entries where !log.holds(entry.place) {
      if entry.place.position <= log.last {
        guard entry.place.position > log.base else {
          // What would have to be undone is dropped.
          send(
            .mismatch(
              epoch: epoch, rejected: append.previous.position, hint: nil, stamp: append.stamp),
            to: sender, &node)
          return
        }
        undo(after: entry.place.position - 1, &node)
      }
      log.append(entry, node.store)
      rules.logged(entry.place.position, at: now, &node.random)
    }
    let position = append.previous.position + Int64(append.entries.count)
    verified = max(verified, position)
    told = max(told, append.acknowledged)
    learnAcknowledged(node)
    noteFreshness(append)
    send(
      .appended(
        Message.Appended(
          epoch: epoch, position: position, shown: plan.shows == .applied ? position : acknowledged,
          stamp: append.stamp, clock: now)), to: sender, &node)
    compact(node)
    serveReaders(&node)
  }

  /// Takes back what the primary does not have.
  mutating func undo(after position: Int64, _ node: inout Host) {
    let keeps = plan.failback != .discard
    var rows: [AsyncPrimary.Logged] = []
    let undone = log.undo(after: position, node.store) { if keeps { rows.append($0) } }
    for row in rows { keep(row, node.store) }
    node.tally(.discarded, undone)
    if acknowledged > log.last {
      acknowledged = log.last
      rememberAcknowledged(acknowledged, node)
    }
    if keeps { orphans = countOrphans(node) }
  }

  /// What the primary has said to be acknowledged, as far as this log is the primary's.
  mutating func learnAcknowledged(_ node: Host) {
    let known = min(told, verified)
    guard known > acknowledged else { return }
    acknowledged = known
    rememberAcknowledged(known, node)
  }

  /// On disk only if reads go by it, and must not go back after a crash.
  func rememberAcknowledged(_ position: Int64, _ node: Host) {
    if plan.shows == .acknowledged { remember(.acknowledged, position, node) }
  }

  /// An append that answers a message of ours, from a primary that has shown us all it has: then we
  /// have all that was acknowledged when we sent ours.
  private mutating func noteFreshness(_ append: Message.Append) {
    guard let echo = append.echo else { return }
    let has =
      plan.shows == .applied ? verified >= append.last : acknowledged >= append.acknowledged
    if has { freshAsOf = max(echo, freshAsOf ?? echo) }
  }

  /// Drops what is older than anybody should need, but nothing that may have to be undone.
  mutating func compact(_ node: Host) {
    let most = Int64(plan.retain)
    guard log.last - log.base >= 2 * most else { return }
    let settled = role == .primary ? reign.acknowledged : acknowledged
    log.compact(through: min(log.last - most, settled), node.store)
  }
}

// What operators order: a planned switch-over, which loses nothing because the primary lets its successor
// catch up first; and a forced failover, which asks nobody.

import Histories
import Simulation

extension AsyncPrimary.Group {
  mutating func obey(_ command: Command, _ node: inout Host) {
    switch command {
    case .promote where role != .primary && !plan.fencing: promote(&node)
    case .promote where role != .primary: accept(planned: false, &node)
    case .switchOver where role != .primary: accept(planned: true, &node)
    case .failOver:
      // Also of a region that is the primary, in its own mind: its next epoch ends every other.
      node.tally(.promotions)
      beginReign(nextEpoch(after: max(promised, rumoured)), &node)
    default: break
    }
  }

  private mutating func accept(planned: Bool, _ node: inout Host) {
    ordered = epoch
    isPlanned = planned
    remember(.ordered, ordered, node)
    remember(.planned, planned ? 1 : 0, node)
    poll(&node, planned: planned)
  }

  /// Every heartbeat: an order stands until there is a newer epoch.
  mutating func followOrder(_ now: Instant, _ node: inout Host) {
    if isPlanned, plan.failover == .automatic, now >= standsAt {
      consider(now, &node)
    } else {
      poll(&node, planned: isPlanned)
    }
  }

  /// A healthy primary meets a candidate with an order: it takes no more writes, and goes when the
  /// candidate has them all (as MongoDB's replSetStepDown does). Never back in this epoch. It goes
  /// on if the candidate stops asking.
  mutating func yields(to ask: Message.Ask, _ now: Instant) -> Bool {
    if ask.last >= log.end { return true }
    reign.yieldsUntil = now + plan.heartbeat * 3
    return false
  }

  /// Without fencing nobody votes: the primary alone is asked.
  mutating func handOver(
    to ask: Message.Ask, of candidate: Region.ID, _ now: Instant, _ node: inout Host
  ) {
    guard ask.ordered != 0 else { return }
    if role == .primary, ask.ordered >= epoch, yields(to: ask, now) {
      resigned = epoch
      stepDown(&node)
      heardAt = now
      standsAt = now + patience + spread(&node)
    }
    guard role != .primary, resigned >= ask.ordered else { return }
    let granted = Message.granted(epoch: ask.epoch, ballot: ask.ballot, resigned: resigned)
    send(granted, to: candidate, &node)
  }
}

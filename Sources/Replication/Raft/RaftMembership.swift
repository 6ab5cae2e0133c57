// Who votes, and how an operator changes it: by one region at a time, so that every majority before
// shares a region with every majority after (Ongaro, "Consensus: Bridging Theory and Practice",
// section 4.1). Every region gets the log; those that are not members do not count, which is how a new
// one catches up before it does (4.2.1), and how one that left still serves its clients.

import Histories
import Simulation

extension Raft.Member {
  /// An operator wants a change. The leader must hear of it; if there is none, the order is lost, as
  /// the operator's own connection would be.
  mutating func bringToLeader(_ change: Raft.MemberChange, _ node: inout Node<Message>) {
    if role == .leader {
      propose(change, &node)
    } else if let leader {
      node.send(.change(change), to: leader)
    }
  }

  /// Puts a change in line.
  mutating func propose(_ change: Raft.MemberChange, _ node: inout Node<Message>) {
    guard role == .leader, !reign.changes.contains(change) else { return }
    reign.changes.append(change)
    reviewChanges(&node)
  }

  /// Logs the next change if its time has come: the one before is committed, and so is an entry of
  /// this term, without which two leaders could each have begun a change of their own, by one region
  /// each from the same configuration, whose majorities do not meet (Ongaro, "bug in single-server
  /// membership changes", raft-dev, 2015).
  mutating func reviewChanges(_ node: inout Node<Message>) {
    while role == .leader, let change = reign.changes.first {
      let changed = change.applied(to: members)
      if changed == members || changed.count == 0 {
        reign.changes.removeFirst()
        continue
      }
      guard
        plan.rules.changesMembers(
          committed: commit, configuration: log.configuration.index, opening: reign.opening)
      else { return }
      if change.joins {
        // It catches up first, or it could hold up every commit after it has joined.
        let progress = reign.progress[change.region.index]
        guard change.region == me || (progress.mode == .replicate && progress.matched >= commit)
        else { return }
      }
      reign.changes.removeFirst()
      record(.configuration(changed), node)
      advance(&node)
      for peer in node.peers where role == .leader { push(to: peer, &node) }
    }
  }
}

// The lock table of a shard's leader: two-phase locking, deadlocks avoided by wound-wait (Rosenkrantz,
// Stearns and Lewis, "System Level Concurrency Control for Distributed Database Systems", TODS 1978,
// section 6; Corbett et al., "Spanner", section 4.2.1). A transaction claims all its keys of a shard at
// once, and waits behind older ones; younger ones that hold what it needs are wounded: whoever owns the
// table has them aborted, unless they are past that.

import Histories
import Simulation

extension CommitWait {
  /// Who came first: the time at its region when a client asked, and what makes it unique.
  struct Age: Hashable, Comparable {
    let asked: Int64
    let number: Int64

    static func < (left: Age, right: Age) -> Bool {
      left.asked != right.asked ? left.asked < right.asked : left.number < right.number
    }
  }

  /// What a transaction wants to hold, or holds.
  struct Claim {
    let id: Request.ID
    let age: Age
    let read: Set<Key>
    let written: Set<Key>
    /// A tablet as a whole, for its move.
    private let moving: (tablet: Int, of: Tablets)?

    init(_ id: Request.ID, _ age: Age, _ steps: [Operation]) {
      self.id = id
      self.age = age
      moving = nil
      written = Set(steps.filter { !$0.isReadOnly }.flatMap(\.keys))
      read = Set(steps.filter(\.isReadOnly).flatMap(\.keys))
    }

    init(_ id: Request.ID, _ age: Age, moving tablet: Int, of tablets: Tablets) {
      self.id = id
      self.age = age
      moving = (tablet, tablets)
      written = []
      read = []
    }

    /// Whether both cannot hold their keys at once.
    func conflicts(with other: Claim) -> Bool {
      !written.isDisjoint(with: other.written) || !written.isDisjoint(with: other.read)
        || !read.isDisjoint(with: other.written) || moves(other) || other.moves(self)
    }

    /// Whether it moves the tablet that keys of another are in.
    private func moves(_ other: Claim) -> Bool {
      guard let (tablet, tablets) = moving else { return false }
      return other.written.union(other.read).contains { tablets.tablet(of: Int64($0)) == tablet }
    }
  }

  struct Locks {
    private var held: [Claim] = []
    /// Oldest first.
    private var waiting: [Claim] = []

    /// True if it holds its keys now; else it waits.
    mutating func request(_ claim: Claim) -> Bool {
      let place = waiting.firstIndex { claim.age < $0.age } ?? waiting.count
      waiting.insert(claim, at: place)
      return grant(only: claim.id).contains(claim.id)
    }

    /// A claim from before: of a transaction that is prepared.
    mutating func restore(_ claim: Claim) { held.append(claim) }

    /// It holds and wants nothing any more; who holds what it waited for because of that.
    mutating func release(_ id: Request.ID) -> [Request.ID] {
      held.removeAll { $0.id == id }
      waiting.removeAll { $0.id == id }
      return grant(only: nil)
    }

    /// Holders that somebody older waits for, oldest first.
    var wounded: [Request.ID] {
      held.filter { holder in
        waiting.contains { $0.age < holder.age && $0.conflicts(with: holder) }
      }.sorted { $0.age < $1.age }.map(\.id)
    }

    private mutating func grant(only wanted: Request.ID?) -> [Request.ID] {
      var granted: [Request.ID] = []
      var before: [Claim] = []
      for claim in waiting {
        let isFree =
          !held.contains { $0.conflicts(with: claim) }
          && !before.contains { $0.conflicts(with: claim) }
        if isFree, wanted == nil || wanted == claim.id {
          held.append(claim)
          granted.append(claim.id)
        } else {
          before.append(claim)
        }
      }
      waiting = before
      return granted
    }
  }
}

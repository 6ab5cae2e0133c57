// Which shard has which key. Keys are in tablets by remainder, a few for each shard, and a tablet is on one
// shard at a time: at first by remainder again, later where it has moved. The two shards' logs say so, each
// at the same timestamp s: it left one, it has arrived at the other. Up to s it is read at the first, from s
// on at the second, so where it is depends on the timestamp one reads at (Corbett et al., "Spanner",
// sections 2.2 and 3: directories; 4.1.3 for who must be safe up to when).
//
// What arrives is everything, past versions included: after that the first shard may clear what it had, and
// a read of the past goes on to the second.

import Histories
import Simulation

extension CommitWait {
  /// A move of a tablet, as the log of one of the two shards has it.
  struct Move: Equatable {
    let tablet: Int
    let at: Int64
    /// The shard that it is on from then on.
    let to: Int
    /// What the shard that it left had of it is gone.
    let isCleared: Bool
  }

  /// How many tablets there are.
  var tablets: Tablets { Tablets(shards: shards) }

  struct Tablets: Sendable {
    let shards: Int
    static let ofEachShard = 4

    var count: Int { shards * Self.ofEachShard }

    /// The tablet that a key is in.
    func tablet(of key: Int64) -> Int {
      let count = Int64(count)
      return Int((key % count + count) % count)
    }

    /// The shard that a tablet is on at first.
    func firstHome(of tablet: Int) -> Int { tablet % shards }
  }
}

extension CommitWait.Machine {
  typealias Move = CommitWait.Move

  /// All moves of tablets to or from this shard; of each tablet in their order.
  static func moves(_ store: any Store) -> [Move] {
    store.rows(CommitWait.Tables.moves).map {
      Move(tablet: Int($0[0]), at: $0[1], to: Int($0[2]), isCleared: $0[3] != 0)
    }
  }

  /// Whether a tablet is on this shard, as far as its log has been carried out.
  func has(_ tablet: Int, _ store: any Store) -> Bool {
    let last = store.last(CommitWait.Tables.moves, prefix: [Int64(tablet)])
    return last.map { Int($0[2]) == shard } ?? (tablets.firstHome(of: tablet) == shard)
  }

  /// Whether a shard's log has a move.
  static func knows(_ tablet: Int, at timestamp: Int64, _ store: any Store) -> Bool {
    store.get(CommitWait.Tables.moves, [Int64(tablet), timestamp]) != nil
  }
}

extension CommitWait.Member {
  /// Where keys are to be read.
  struct Whereabouts {
    /// The shard of each key; without those that are on their way.
    var homes: [Key: Int] = [:]
    /// The shards whose word that rests on: all of them must be safe up to the timestamp.
    var consulted: Set<Int> = []
    var isKnown = true
  }

  /// Where keys were at a timestamp, as this region has it.
  func whereabouts(of keys: [Key], at timestamp: Int64) -> Whereabouts {
    var found = Whereabouts()
    for key in keys where found.homes[key] == nil {
      let tablet = plan.tablets.tablet(of: Int64(key))
      let first = plan.tablets.firstHome(of: tablet)
      found.homes[key] = follow(tablet, from: first, since: .min, to: timestamp, &found)
    }
    return found
  }

  /// Follows a tablet from a shard that had it since some time; nil if it is on its way.
  func follow(
    _ tablet: Int, from first: Int, since: Int64, to timestamp: Int64, _ found: inout Whereabouts
  ) -> Int? {
    var (shard, since) = (first, since)
    found.consulted.insert(shard)
    while true {
      let next = shards[shard].moves.first {
        $0.tablet == tablet && $0.at > since && $0.to != shard
      }
      guard let move = next, move.at <= timestamp || move.isCleared else { return shard }
      if move.at <= timestamp { found.consulted.insert(move.to) }
      guard shards[move.to].moves.contains(where: { $0.tablet == tablet && $0.at == move.at })
      else {
        found.isKnown = false
        return nil
      }
      (shard, since) = (move.to, move.at)
    }
  }

  /// The shard that a key is on by the newest word there is here, be it not there yet.
  func newestHome(of key: Key) -> Int {
    let tablet = plan.tablets.tablet(of: Int64(key))
    var (shard, since) = (plan.tablets.firstHome(of: tablet), Int64.min)
    while let move = shards[shard].moves.first(where: {
      $0.tablet == tablet && $0.at > since && $0.to != shard
    }) {
      (shard, since) = (move.to, move.at)
    }
    return shard
  }
}

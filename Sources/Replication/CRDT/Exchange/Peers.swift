// What a region knows of what its peers have, in memory: a crash costs a few questions. From it follow
// whether anything is left to do, and what is causally stable: included by every region, so that no
// update is to come that was made without it.
//
// Causal stability: Baquero, Almeida and Shoker, "Making Operation-based CRDTs Operation-based",
// section 5. A vector of a peer counts for it once all of the peer's own updates in it are here: then
// everything that the peer made before it had what the vector includes is here, too.

import Simulation

extension CRDT {
  /// What is known of the other regions.
  struct Peers: Sendable {
    /// What each has had for sure, nil if it has not been heard of since the boot: that both have nothing
    /// is knowledge too. Peers send what is durable, so it never shrinks.
    private var vectors: [VersionVector?]
    /// Of each, the last vector that counts for stability.
    private var settledVectors: [VersionVector]
    /// The number of the latest question to each peer.
    private var rounds: [Int64]
    /// Whose turn it is.
    private var turn = 0
    /// What was included here at the last two ticks.
    private(set) var settled = VersionVector()
    private var settling = VersionVector()

    init(in topology: Topology) {
      vectors = Array(repeating: nil, count: topology.count)
      settledVectors = Array(repeating: VersionVector(), count: topology.count)
      rounds = Array(repeating: 0, count: topology.count)
    }

    func known(_ peer: Region.ID) -> VersionVector? { vectors[peer.index] }

    mutating func learn(_ vector: VersionVector, of peer: Region.ID) {
      var known = vectors[peer.index] ?? VersionVector()
      known.merge(vector)
      vectors[peer.index] = known
    }

    /// Begins with what the store held at the boot.
    mutating func begin(with included: VersionVector) {
      settled = included
      settling = included
    }

    /// Time goes on: true if nothing has been included since the last tick.
    mutating func tick(_ included: VersionVector) -> Bool {
      let isQuiet = settling == included
      settled = settling
      settling = included
      return isQuiet
    }

    /// What every region includes, as far as is known here.
    mutating func stable(_ included: VersionVector, in region: Region.ID) -> VersionVector {
      var stable = included
      for place in vectors.indices where place != region.index {
        if let vector = vectors[place], included[Region.ID(place)] >= vector[Region.ID(place)] {
          settledVectors[place] = vector
        }
        stable.meet(settledVectors[place])
      }
      return stable
    }

    /// A number for a new question.
    mutating func begin(with peer: Region.ID) -> Int64 {
      rounds[peer.index] += 1
      return rounds[peer.index]
    }

    func isCurrent(_ round: Int64, with peer: Region.ID) -> Bool { rounds[peer.index] == round }

    /// The next peer in turn.
    mutating func next(among peers: [Region.ID]) -> Region.ID {
      turn = (turn + 1) % peers.count
      return peers[turn]
    }
  }
}

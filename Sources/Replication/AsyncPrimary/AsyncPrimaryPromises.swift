// What async-primary promises under which options, if every sync is honoured.
//
// SOUND is a configuration in which nothing that was acknowledged is ever undone, and one region at a
// time is the primary: `failover: none`, since the disk of the one primary forgets nothing; or
// `fencing`, if every voting majority has a region that holds what was acknowledged (copies + 1 + majority
// > regions). That region votes for no log without it, so by induction over epochs every later primary
// has it. With 3 regions `one` is enough, with 2 even `local`, since the old primary has to vote too. With
// `fallback` copies count for nothing: what is acknowledged alone may be only here.
//
// SETTLED are reads that show nothing that can still be undone: where there is no failover, or of
// `shows: acknowledged`. (The primary itself answers no read before what it shows is acknowledged.)
//
// | sound, and          | reads: primary | global     | session       | local, bounded              |
// |---------------------|----------------|------------|---------------|-----------------------------|
// | settled             | everything     | everything | all but 1     | all but 1 and 2             |
// | not settled         | everything     | 3, 4       | 3, 4          | 3                           |
//
// 1: what asks for the newest state: linearizable, strict serializable, counters read in bounds.
// 2: what follows from reading one's own writes. 3: converged, no lost writes, counter, bank, monotonic
// writes; local reads of entries that are undone later keep nothing else. 4: reading one's own writes.
// Bounded, settled: bounded staleness besides. Not sound: converged alone. A `variant` promises nothing.
//
// `home: per-key`: each home keeps this for its own keys. Over several homes nothing is atomic, so that no
// model of isolation and no conservation of money is left; and reads that may be of the past may be of
// different pasts, so that nothing is left that orders writes of different keys.
//
// Session guarantees are of clients that stay at one region. Orders to fail over by force are outside the
// fault model: what they lose is measured.
//
// WHAT IT LOSES, not sound: what the old primary acknowledged and no voter had; without fencing, what
// either side of a split wrote at the lower epoch. With `durability: before-sync`, anything; without
// fencing then even converged, as a primary that forgot its last entries writes others at the same places.

import Histories
import Simulation

extension AsyncPrimary {
  public func promises(in topology: Topology) -> Set<Guarantee> {
    guard variant == .sound else { return [] }
    guard isSound(in: topology) else { return [.converged] }
    let one = promisesOfOneHome
    guard home == .perKey else { return one }
    let perKey = one.subtracting(Guarantee.isolation).subtracting([.bank])
    return reads == .primary || (reads == .global && isSettled)
      ? perKey : perKey.subtracting(Guarantee.acrossKeys)
  }

  public func mostStale(in topology: Topology) -> StalenessLimit? {
    guard reads == .bounded, variant == .sound, isSound(in: topology), isSettled else { return nil }
    return StalenessLimit(age: maxAge, versions: maxLag)
  }

  private func isSound(in topology: Topology) -> Bool {
    let certain = fallback == nil ? copies : 0
    return failover == .none || (fencing && 1 + certain + topology.majority > topology.count)
  }

  private var isSettled: Bool { failover == .none || shows == .acknowledged }

  private var promisesOfOneHome: Set<Guarantee> {
    let newest: Set<Guarantee> = [.linearizable, .strictSerializable, .counterBounds]
    guard isSettled || reads == .primary else {
      let always: Set<Guarantee> = [.converged, .noLostWrites, .counter, .bank, .monotonicWrites]
      return reads == .session || reads == .global ? always.union([.readYourWrites]) : always
    }
    switch reads {
    case .primary, .global: return Guarantee.ofOneCopy
    case .session: return Guarantee.ofOneCopy.subtracting(newest)
    case .local:
      return Guarantee.ofOneCopy.subtracting(newest).subtracting(Guarantee.ofOwnWrites)
    case .bounded:
      return Guarantee.ofOneCopy.subtracting(newest).subtracting(Guarantee.ofOwnWrites)
        .union([.boundedStaleness])
    }
  }
}

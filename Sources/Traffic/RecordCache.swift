// One client's caches: what its resolver holds, what it holds itself, and the connection it keeps.
// Pure: every call is told the time.
//
// A client's first copy is as old as a run that had been going on for long would have it: its age is
// drawn evenly over its life, or all clients would look up in the same second again and again.

import Simulation

/// What stands between one client and the name servers.
struct RecordCache: Sendable {
  /// Regions that a record names, in the order in which to try them; none: there is no such name.
  struct Copy: Sendable {
    let regions: [Region.ID]
    var until: Instant
  }

  let kind: CacheKind
  private(set) var resolver: Copy?
  private var own: Copy?
  private var connection: (region: Region.ID, used: Instant)?
  /// Which of a copy's regions is in use: the next one after a failure.
  private var choice = 0

  init(_ kind: CacheKind) { self.kind = kind }

  /// The region of the connection that is kept, and now used.
  mutating func connected(at now: Instant) -> Region.ID? {
    guard let idle = kind.keepsConnection, let held = connection, now - held.used <= idle else {
      connection = nil
      return nil
    }
    connection?.used = now
    return held.region
  }

  /// The regions that the client's caches know of; nil if the name servers must be asked.
  mutating func known(at now: Instant) -> [Region.ID]? {
    if let own, now < own.until { return own.regions }
    guard let copy = resolver, now < copy.until else { return nil }
    if !copy.regions.isEmpty { remember(copy.regions, at: now) }
    return copy.regions
  }

  /// Takes in what the name servers said.
  mutating func take(
    _ regions: [Region.ID], ttl: Duration, at now: Instant, _ random: inout Random
  ) {
    guard !regions.isEmpty else {
      // That there is no such name is remembered by the resolver alone.
      resolver = Copy(regions: [], until: now + ttl)
      return
    }
    let isFirst = resolver == nil
    let life = kind.kept(ttl)
    let left = isFirst && life > .zero ? random.within(Duration(nanoseconds: 1)...life) : life
    resolver = Copy(regions: regions, until: now + left)
    choice = 0
    remember(regions, at: now)
    if isFirst, case .fixed(let time) = kind.own, time > .zero {
      own?.until = now + random.within(Duration(nanoseconds: 1)...time)
    }
  }

  /// The name servers are silent: an old copy, if its resolver hands those out.
  mutating func takeStale(at now: Instant) -> [Region.ID]? {
    guard let copy = resolver, !copy.regions.isEmpty, kind.serveStale > .zero,
      now - copy.until <= kind.serveStale
    else { return nil }
    // The copy stays as old as it is: every question tries the name servers first.
    remember(copy.regions, at: now)
    return copy.regions
  }

  /// The region to ask, of those that a lookup gave.
  mutating func connect(to regions: [Region.ID], at now: Instant) -> Region.ID? {
    guard !regions.isEmpty else { return nil }
    let region = regions[choice % regions.count]
    if kind.keepsConnection != nil { connection = (region, now) }
    return region
  }

  /// A request was refused, or nobody answered: the connection is closed, and the next region of the
  /// record is tried, if it names several.
  mutating func failed() {
    connection = nil
    choice += 1
  }

  private mutating func remember(_ regions: [Region.ID], at now: Instant) {
    switch kind.own {
    case .none: break
    case .fixed(let time): own = Copy(regions: regions, until: now + time)
    case .forever: own = Copy(regions: regions, until: .never)
    }
  }
}

// The `caches` of a scenario's traffic: which share of the clients remembers records how. A kind gives
// what products ship; what is said besides is added to it.

import Simulation
import Traffic

extension CacheShare {
  /// Reads `caches`.
  static func list(_ setting: Setting, _ topology: Topology, _ problems: Problems) -> [CacheShare] {
    guard case .list(let entries) = setting.content, !entries.isEmpty else {
      let found = setting.kind == "a list" ? "an empty list" : setting.kind
      problems.report(setting.mark, "caches: expected a list, found \(found)")
      return [CacheShare(share: .always, kind: CacheKind(name: "honours"))]
    }
    let before = problems.all.count
    let shares = entries.map { entry in
      var options = Options(entry, topology: topology, problems: problems)
      return CacheShare(&options)
    }
    let sum = shares.reduce(0) { $0 + $1.share.partsPerBillion }
    if problems.all.count == before, sum != Ratio.always.partsPerBillion {
      let percent = Ratio(partsPerBillion: sum)
      problems.report(setting.mark, "caches: shares add up to \(Quantity.text(percent)), not 100%")
    }
    return shares
  }

  /// Reads an entry.
  init(_ options: inout Options) {
    let share = options.ratio("share", default: .always, "the share of clients that are like this")
    if !options.has("share") { options.reject("share", "which share of clients? Add share: 10%") }
    let names = CachePreset.all.map(\.name)
    let name = options.word("kind", default: "honours", of: names, "kind of cache", "what it is")
    var kind = CachePreset.named(name)?.kind ?? CacheKind(name: name)
    let longest = Duration.zero...Duration.longest
    let factor = options.integer(
      "factor", default: kind.factor, in: 1...1_000,
      "its resolver keeps records so many times longer")
    kind.floor = options.duration(
      "floor", default: kind.floor, in: longest, "its resolver keeps records at least so long")
    kind.factor = options.has("floor") && !options.has("factor") ? 1 : factor
    kind.cap = options.duration(
      "cap", default: kind.cap, in: longest, "its resolver keeps records at most so long")
    kind.serveStale = options.duration(
      "serve-stale", default: .zero, in: longest,
      "while name servers are silent, its resolver goes on with a record for so long (RFC 8767)")
    let own = options.duration(
      "for", default: .seconds(30), in: longest, "its own cache keeps a record so long besides")
    if options.has("for") {
      kind.own = .fixed(own)
      if name == "forever" { options.reject("for", "for: forever is longer") }
    }
    let idle = options.duration(
      "idle", default: .seconds(90), in: longest,
      "a kept connection is closed when idle for so long")
    if options.has("idle") { kind.keepsConnection = idle }
    options.finish()
    if kind.floor > kind.cap {
      options.reject("floor", "floor: \(kind.floor) is more than cap, \(kind.cap)")
    }
    self.init(share: share, kind: kind)
  }
}

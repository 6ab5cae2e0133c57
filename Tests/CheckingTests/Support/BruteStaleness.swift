// Staleness by its definition, pair by pair: a read is as stale as the oldest acknowledged write that it missed although
// that had returned before it was called, and as many versions behind as there are such writes.

import Histories

struct BruteStaleness {
  let entries: [Entry]
  /// By versions; else a write is newer that was called after the other had returned.
  var byVersions = false

  /// How stale one read is; nil if nobody wrote what it saw.
  func of(_ read: Entry) -> (ticks: Int64, versions: Int64)? {
    let own = entries.filter { $0.key == read.key && $0.function == .write }
    var seen: Entry?
    if read.shape == .scalar {
      seen = own.first { $0.completion != .fail && $0.value == read.value }
      if seen == nil { return nil }
    }
    let newer = own.filter { write in
      guard write.completion == .ok, write.return < read.call else { return false }
      guard let seen else { return true }
      if byVersions { return (write.version ?? .initial) > (seen.version ?? .initial) }
      return seen.completion == .ok && seen.return < write.call
    }
    let first = newer.map(\.return).min()
    return (first.map { read.call - $0 } ?? 0, Int64(newer.count))
  }

  /// Of all reads.
  var worst: (ticks: Int64, versions: Int64) {
    let all = entries.filter { $0.function == .read && $0.completion == .ok }.compactMap(of)
    return (all.map(\.ticks).max() ?? 0, all.map(\.versions).max() ?? 0)
  }
}

// When somebody certainly held a lock: from the return of an acquire that succeeded until a release of it
// was called.
//
// An acquire that returned a fencing token may be a lease, which lapses unreleased: then its holder is
// certain to have believed in it only until the last thing it did under its token was called, be it that this
// was refused. One without a token lasts until its owner releases it, or for ever.

import Histories

/// One time that one holder held one lock.
struct Hold {
  /// The acquire that began it.
  let acquire: Int
  /// The first release called, the last write under its token; -1: it goes on.
  var last: Int
  let from: Int64
  var until: Int64
}

extension Hold {
  /// All holds of one lock, in the order in which they began.
  static func all(_ history: History, _ rows: ArraySlice<Int32>) -> [Hold] {
    var holds: [Hold] = []
    var byToken: [Value: Int] = [:]
    var byOwner: [Value: Int] = [:]
    var isReleased: [Bool] = []
    for row in rows.lazy.map(Int.init) {
      let token: Value? = history.shapes[row] == .scalar ? history.values[row] : nil
      let isRefused = history.completions[row] == .fail
      switch history.functions[row] {
      case .acquire:
        guard history.completions[row] == .ok else { continue }
        let start = history.returns[row]
        let owner = history.owner(of: row)
        if let token {
          byToken[token] = holds.count
        } else {
          // Who holds it and acquires it again still is one holder.
          if let own = byOwner[owner], !isReleased[own] { continue }
          byOwner[owner] = holds.count
        }
        holds.append(
          Hold(
            acquire: row, last: token == nil ? -1 : row, from: start,
            until: token == nil ? History.never : start))
        isReleased.append(false)
      case .release, .write:
        if isRefused, token == nil { continue }
        let isRelease = history.functions[row] == .release && !isRefused
        // Releases without a token are of whatever their process holds.
        let found =
          token.flatMap { byToken[$0] } ?? (isRelease ? byOwner[history.owner(of: row)] : nil)
        guard let hold = found, !isReleased[hold] else { continue }
        holds[hold].until = max(holds[hold].from, history.calls[row])
        holds[hold].last = row
        isReleased[hold] = isRelease
      default: break
      }
    }
    return holds.sorted { ($0.from, $0.acquire) < ($1.from, $1.acquire) }
  }
}

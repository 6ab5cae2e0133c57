// One winner per name: a user name, a seat, a primary key. A claim is a compare-and-set from a value that
// nobody writes: what the register held at first. Once somebody has won it can never hold that value
// again, so at most one claim can succeed. If nothing but such claims changes the register, all reads that
// see it taken must see the same winner, too, and it is the one who was told so.
//
// The invariant is the textbook one that no coordination-free execution can keep (Bailis et al.,
// "Coordination Avoidance in Database Systems", 2014, section 4.2).

import Histories

/// A name is given to one claimant.
public struct Uniqueness: Checker {
  public static let name = "uniqueness"
  public static let aliases = ["unique"]
  public static let summary = "a name that many claim is given to one"

  public init() {}

  public func check(_ history: History, _ facts: Facts, _ budget: Budget) -> Verdict {
    var findings = Findings()
    var names = 0
    var won = 0
    var twice = 0
    let groups = KeyRows(history)
    for group in groups.groups(.register) {
      guard let claims = Claims(history, groups[group]) else { continue }
      names += 1
      let witnesses = claims.winners(history, facts)
      won += witnesses.isEmpty ? 0 : 1
      for read in claims.phantoms(history, facts) {
        findings.add(
          Anomaly(
            name: "phantom-winner", rows: [read],
            explanation: [history.story(read), "nobody whose claim may have succeeded is that"]))
      }
      guard let first = witnesses.first else { continue }
      let name = history.name(of: groups.keys[group])
      if witnesses.count > 1 { twice += 1 }
      for other in witnesses.dropFirst() {
        let rows = (first.rows + other.rows).sorted()
        findings.add(
          Anomaly(
            name: "two-winners", rows: rows,
            explanation: rows.map(history.story) + [
              "\(name) went to \(first.user) and to \(other.user)"
            ]))
      }
    }
    return findings.verdict(
      Self.name, judged: won,
      summary: won == 0
        ? "no name was claimed" : "given twice \(twice) of \(count(won, "name")) claimed",
      counts: [Count("names", names), Count("claimed", won), Count("given-twice", twice)])
  }
}

/// The claims of one name.
private struct Claims {
  private let rows: ArraySlice<Int32>
  /// What the register held at first.
  private let free: Value
  private var claims: [Int] = []
  /// Whether nothing but claims changes the register.
  private var isAlone = true

  /// Nil if no operation is a claim.
  init?(_ history: History, _ rows: ArraySlice<Int32>) {
    self.rows = rows
    var written: Set<Value> = []
    var first: Value?
    for row in rows.lazy.map(Int.init) where history.completions[row] != .fail {
      if let value = history.writtenValue(of: row) { written.insert(value) }
    }
    for row in rows.lazy.map(Int.init) where history.completions[row] != .fail {
      guard history.writtenValue(of: row) != nil else { continue }
      let old = history.extras[row]
      if history.functions[row] == .compareAndSet, !written.contains(old), first ?? old == old {
        first = old
        claims.append(row)
      } else {
        isAlone = false
      }
    }
    guard let first else { return nil }
    free = first
  }

  /// Everybody who has won, each with what shows it: a claim that was acknowledged, or one of unknown
  /// outcome and a read.
  func winners(_ history: History, _ facts: Facts) -> [(user: Value, rows: [Int])] {
    var winners: [(user: Value, rows: [Int])] = []
    for row in claims where history.completions[row] == .ok {
      winners.append((history.values[row], [row]))
    }
    for (user, read) in usersSeen(history, facts)
    where !winners.contains(where: { $0.user == user }) {
      guard let claim = claims.first(where: { history.values[$0] == user }) else { continue }
      winners.append((user, [claim, read]))
    }
    return winners
  }

  /// Reads that see the name taken by nobody whose claim may have succeeded.
  func phantoms(_ history: History, _ facts: Facts) -> [Int] {
    let claimed = Set(claims.map { history.values[$0] })
    return usersSeen(history, facts).filter { !claimed.contains($0.user) }.map(\.row)
  }

  /// Whom reads see as winner; nobody, if others than claims change the register.
  private func usersSeen(_ history: History, _ facts: Facts) -> [(user: Value, row: Int)] {
    guard isAlone else { return [] }
    return rows.map(Int.init).flatMap { row -> [(user: Value, row: Int)] in
      guard history.functions[row] == .read, history.completions[row] == .ok else { return [] }
      return history.valuesSeen(by: row).filter { $0 != free && $0 != facts.initial }.map {
        ($0, row)
      }
    }
  }
}

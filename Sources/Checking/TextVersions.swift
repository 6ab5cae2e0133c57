// A store of strings as registers with compare-and-set, so that get, put and append are judged as fast as
// registers are (Zones.swift, Chains.swift) instead of by search.
//
// If no written piece is the beginning of another, each string that a get returned can be cut into pieces in
// one way; and if it is plain who wrote each, its last piece tells which put or append it saw, and the
// piece before that tells what that append was made of. So let the state be the last write: a put writes
// itself, an append that was seen after q is a compare-and-set from q to itself, and a get reads its last
// piece. An append that no get saw ends the life of what was there, like a put of something that nobody
// read. An order exists for the strings iff one exists for these registers: a state was made by the one
// operation that wrote it, right after the one that wrote the piece before it, and so on back to a put or
// to the empty string, which are the pieces of the string that it is the end of.
//
// A piece that was written several times to a key is plain where real time leaves one writer: called
// before the get returned, and neither over before an earlier piece nor called after a later one.
//
// This is version recovery by unique appends (Kingsbury and Alvaro, "Elle: Inferring Isolation Anomalies from
// Experimental Observations", 2020, section 4: traceability), for single operations.

import Histories

struct TextVersions {
  /// The same rows as operations on registers: value 0 is the empty string, n + 1 what row n left.
  private(set) var registers = History()
  /// Gets that no order of puts and appends can explain.
  private(set) var findings = Findings()
  let history: History
  private let code: PieceCode
  /// By row: the value before an append that was seen, or the one that a get saw; -1 if none.
  private var seen: [Value]
  /// By row of an append: the get that told.
  private var teller: [Int32]
  /// By string number: the first row that wrote it to the key that is looked at, and to which key that is;
  /// and by row: the next that wrote the same.
  private var first: [Int32]
  private var group: [Int32]
  private var next: [Int32]
  /// Whether it is plain what all gets saw. The others are left out: who finds no order without them need
  /// not search, and who finds one does not know.
  private(set) var isPlain = true
  private var isLeftOut: [Bool]

  /// What an empty register holds.
  static let facts = Facts(initial: 0)

  /// Nil if written strings do not tell pieces apart.
  init?(_ history: History) {
    self.history = history
    guard let code = PieceCode(history) else { return nil }
    self.code = code
    seen = Array(repeating: -1, count: history.count)
    teller = Array(repeating: -1, count: history.count)
    next = teller
    isLeftOut = Array(repeating: false, count: history.count)
    first = Array(repeating: -1, count: history.strings.count)
    group = first
    let groups = KeyRows(history)
    for key in 0..<groups.count {
      index(groups[key], Int32(key))
      for row in groups[key].lazy.map(Int.init)
      where history.functions[row] == .read && history.completions[row] == .ok {
        trace(row, Int32(key))
      }
    }
    for row in 0..<history.count { registers.append(entry(row)) }
  }

  /// Notes who wrote what to a key; those that failed only where no other did.
  private mutating func index(_ rows: ArraySlice<Int32>, _ key: Int32) {
    for isFailed in [false, true] {
      for row in rows.reversed() where history.functions[Int(row)] != .read {
        guard (history.completions[Int(row)] == .fail) == isFailed else { continue }
        let piece = Int(history.values[Int(row)])
        if group[piece] != key { (group[piece], first[piece]) = (key, -1) }
        if isFailed, first[piece] >= 0 { continue }
        next[Int(row)] = first[piece]
        first[piece] = row
      }
    }
  }

  /// Notes what a get tells about itself and about appends.
  private mutating func trace(_ read: Int, _ key: Int32) {
    guard history.shapes[read] == .string else { return seen[read] = 0 }
    // What is no sequence of pieces was written by nobody.
    guard let pieces = code.pieces(Int(history.values[read])) else {
      return seen[read] = -2 - history.values[read]
    }
    var last: Value = 0
    guard let writers = writers(of: pieces, read, key) else {
      (isLeftOut[read], isPlain) = (true, false)
      return
    }
    for (place, row) in writers.enumerated() {
      guard row >= 0 else {
        if place < pieces.count - 1 {
          complain([read], "nobody can have written \(name(-2 - Value(pieces[place]))) there")
        }
        last = -2 - Value(pieces[place])
        continue
      }
      if history.functions[row] == .write {
        if place > 0 { complain([row, read], "a put leaves nothing before what it puts") }
      } else if seen[row] == -1 {
        (seen[row], teller[row]) = (last, Int32(read))
      } else if seen[row] != last {
        complain(
          [row, Int(teller[row]), read],
          "it was appended once, and came after \(name(seen[row])) and after \(name(last))")
      }
      last = Value(row) + 1
    }
    seen[read] = last
  }

  /// Which row wrote each piece of a get, -1 where nobody can have; nil if that is not plain.
  private func writers(of pieces: [Int32], _ read: Int, _ key: Int32) -> [Int]? {
    var rows = pieces.map { group[Int($0)] == key ? Int(first[Int($0)]) : -1 }
    guard rows.contains(where: { $0 >= 0 && next[$0] >= 0 }) else { return rows }
    // When the pieces after each one that are plain were over at the earliest.
    var ends = [Int64](repeating: history.returns[read], count: rows.count + 1)
    for place in rows.indices.reversed() {
      ends[place] = ends[place + 1]
      guard rows[place] >= 0, next[rows[place]] < 0 else { continue }
      ends[place] = min(ends[place], history.end(of: rows[place]))
    }
    var call = Int64.min
    for place in rows.indices where rows[place] >= 0 {
      if next[rows[place]] >= 0 {
        var found = -1
        var row = rows[place]
        while row >= 0 {
          if history.calls[row] <= ends[place + 1], history.end(of: row) >= call,
            place == 0 || history.functions[row] == .append
          {
            if found >= 0 { return nil }
            found = row
          }
          row = Int(next[row])
        }
        rows[place] = found
        guard found >= 0 else { continue }
      }
      call = max(call, history.calls[rows[place]])
    }
    return rows
  }

  private mutating func complain(_ rows: [Int], _ reason: String) {
    let rows = rows.sorted()
    findings.add(
      Anomaly(
        name: "incompatible-order", rows: rows,
        explanation: rows.map(history.modelStory) + [reason]))
  }

  /// A value of the registers, for people.
  func name(_ value: Value) -> String {
    guard value != 0 else { return "nothing" }
    let string = value < 0 ? -2 - value : history.values[Int(value) - 1]
    return "\"\(history.strings[Int(string)])\""
  }

  /// Some rows, and the gets that told what appends among them came after.
  func withTellers(_ rows: [Int]) -> [Int] {
    let tellers = rows.map { Int(teller[$0]) }.filter { $0 >= 0 }
    return rows + Set(tellers).subtracting(rows).sorted()
  }

  private func entry(_ row: Int) -> Entry {
    var entry = history[row]
    entry.version = nil
    entry.shape = .scalar
    entry.value = Value(row) + 1
    switch entry.function {
    case .read:
      entry.value = seen[row]
      if isLeftOut[row] { entry.completion = .info }
      if entry.completion != .ok { entry.shape = .none }
    case .append where seen[row] != -1: (entry.function, entry.extra) = (.compareAndSet, seen[row])
    default: entry.function = .write
    }
    return entry
  }
}

/// Cuts strings into written pieces.
private struct PieceCode {
  /// Numbers of the pieces, ascending by their bytes.
  private var pieces: [Int32] = []
  /// By string number: its bytes, and its pieces if it was read and has any.
  private let bytes: [[UInt8]]
  private var cuts: [[Int32]?]

  /// Nil if a piece is empty or the beginning of another.
  init?(_ history: History) {
    bytes = history.strings.map { Array($0.utf8) }
    cuts = Array(repeating: nil, count: bytes.count)
    var isPiece = [Bool](repeating: false, count: bytes.count)
    var isRead = isPiece
    for row in 0..<history.count where history.shapes[row] == .string {
      if history.functions[row] == .read {
        isRead[Int(history.values[row])] = true
      } else {
        isPiece[Int(history.values[row])] = true
      }
    }
    for row in 0..<history.count where history.functions[row] != .read {
      guard history.shapes[row] == .string else { return nil }
    }
    pieces = bytes.indices.filter { isPiece[$0] }.map(Int32.init)
    let bytes = bytes
    pieces.sort { bytes[Int($0)].lexicographicallyPrecedes(bytes[Int($1)]) }
    for place in pieces.indices {
      let piece = bytes[Int(pieces[place])]
      guard !piece.isEmpty else { return nil }
      if place > 0, piece.starts(with: bytes[Int(pieces[place - 1])]) { return nil }
    }
    for string in bytes.indices where isRead[string] { cuts[string] = cut(bytes[string]) }
  }

  /// The pieces of a string that was read; nil if it is no sequence of pieces.
  func pieces(_ string: Int) -> [Int32]? { cuts[string] }

  private func cut(_ text: [UInt8]) -> [Int32]? {
    var found: [Int32] = []
    var start = 0
    while start < text.count {
      // A piece that the rest begins with is the last one that is not above the rest.
      var low = 0
      var high = pieces.count
      let rest = text[start...]
      while low < high {
        let middle = (low + high) / 2
        if rest.lexicographicallyPrecedes(bytes[Int(pieces[middle])]) {
          high = middle
        } else {
          low = middle + 1
        }
      }
      guard low > 0, rest.starts(with: bytes[Int(pieces[low - 1])]) else { return nil }
      found.append(pieces[low - 1])
      start += bytes[Int(pieces[low - 1])].count
    }
    return found
  }
}

// Histories as pictures, for tests and documents: one line a client, time from left to right.
//
//     C0:   |--w x 1--|
//     C1:      |-r x 0-|  |-r x 1-|
//     C2@1:  |--w x 2...
//
// `|` begins an operation; `|` ends it ok, `!` ends it failed, `...` leaves its outcome unknown. Columns
// are the times. `@1` after the name is the region. Operations: `w x 1`, `r x 1`, `r x nil`,
// `r x [1 2]`, `r x {0 10 1 5}` (map), `cas x 1 2`, `add x 3` (counter), `ins x 1` and `rem x 1`
// (set), `final x 1` (a final read), `acq l 1` and `rel l 1` (lock, with or without a token), `enq q 1`,
// `deq q 1`, `gen g 1` (identifier), `app l 1` (list). `v3` at the end gives the version.

extension History {
  /// Reads a picture.
  /// - Throws: `HistoryError` at what can not be understood.
  public init(diagram: String) throws {
    var entries: [(entry: Entry, list: [Int64], line: Int)] = []
    var names = KeyNames()
    for (line, text) in diagram.split(separator: "\n", omittingEmptySubsequences: false)
      .enumerated()
    {
      var picture = DiagramLine(bytes: Array(text.utf8), line: line + 1)
      entries += try picture.entries(&names).map { ($0.entry, $0.list, line + 1) }
    }
    let order = entries.indices.sorted {
      (entries[$0].entry.call, $0) < (entries[$1].entry.call, $1)
    }
    self.init()
    for place in order {
      var entry = entries[place].entry
      if entry.shape == .list || entry.shape == .map {
        (entry.value, entry.extra) = store(entries[place].list)
      }
      append(entry)
      lines.append(Int32(entries[place].line))
    }
    names.finish(&self)
  }
}

/// One client's line.
private struct DiagramLine {
  let bytes: [UInt8]
  let line: Int
  private var position = 0

  init(bytes: [UInt8], line: Int) {
    self.bytes = bytes
    self.line = line
  }

  private func fail(_ message: String) -> HistoryError {
    HistoryError(line: line, column: position + 1, message: message)
  }

  mutating func entries(_ names: inout KeyNames) throws -> [(entry: Entry, list: [Int64])] {
    guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")) else {
      if bytes.allSatisfy({ $0 == UInt8(ascii: " ") }) { return [] }
      throw fail("expected a client such as `C0:`")
    }
    let label = String(decoding: bytes[..<colon], as: UTF8.self).filter { $0 != " " }
      .split(separator: "@")
    guard let process = label.first.flatMap({ Int32($0.drop { !$0.isNumber }) }),
      let region = label.count > 1 ? UInt8(label[1]) : 0
    else { throw fail("expected a client such as `C0:` or `C0@1:`") }
    position = colon + 1
    var found: [(Entry, [Int64])] = []
    while let start = bytes[position...].firstIndex(of: UInt8(ascii: "|")) {
      position = start
      guard let end = bytes[(start + 1)...].firstIndex(where: { isEnd($0) }) else {
        throw fail("this operation has no end: `|`, `!` or `...`")
      }
      let body = String(decoding: bytes[(start + 1)..<end], as: UTF8.self)
      let completion: Completion =
        switch bytes[end] {
        case UInt8(ascii: "|"): .ok
        case UInt8(ascii: "!"): .fail
        default: .info
        }
      var (entry, list) = try operation(body, &names)
      entry.process = process
      entry.region = region
      entry.completion = completion
      entry.call = Int64(start)
      entry.return = completion == .info ? History.never : Int64(end)
      found.append((entry, list))
      position = end + 1
    }
    return found
  }

  private func isEnd(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "|") || byte == UInt8(ascii: "!") || byte == UInt8(ascii: ".")
  }

  private func operation(
    _ body: String, _ names: inout KeyNames
  ) throws -> (Entry, [Int64]) {
    var text = Substring(body)
    while let letter = text.first, letter == "-" || letter == " " { text = text.dropFirst() }
    while let letter = text.last, letter == "-" || letter == " " { text = text.dropLast() }
    var words = text.split(whereSeparator: { " ,[]{}".contains($0) }).map(String.init)
    guard words.count > 1 else { throw fail("expected an operation such as `w x 1`") }
    var entry = Entry(process: 0, function: .read, key: 0, call: 0, return: 0)
    if words.count > 2, let last = words.last, last.first == "v",
      let major = Int64(last.dropFirst())
    {
      entry.version = Version(major, 0)
      words.removeLast()
    }
    guard let function = DiagramLine.functions[words[0]] else {
      throw fail("unknown operation `\(words[0])`")
    }
    entry.function = function
    entry.isFinal = words[0] == "final"
    entry.key = Int64(words[1]).map { names.key($0) } ?? names.key(words[1])
    let rest = words.dropFirst(2).filter { $0 != "nil" }
    let numbers = rest.compactMap { Int64($0) }
    guard numbers.count == rest.count else { throw fail("expected numbers after `\(words[1])`") }
    if text.contains("[") || text.contains("{") {
      entry.shape = text.contains("[") ? .list : .map
      guard entry.shape == .map else { return (entry, numbers) }
      let accounts = numbers.enumerated().map { place, number in
        place % 2 == 0 ? Int64(names.key(number)) : number
      }
      return (entry, accounts)
    }
    if numbers.isEmpty { entry.shape = .none }
    entry.value = numbers.first ?? 0
    if function == .compareAndSet {
      guard numbers.count == 2 else { throw fail("expected `cas key old new`") }
      (entry.extra, entry.value) = (numbers[0], numbers[1])
    }
    return (entry, [])
  }

  private static let functions: [String: Function] = [
    "r": .read, "final": .read, "w": .write, "cas": .compareAndSet, "add": .increment,
    "ins": .insert, "rem": .remove, "acq": .acquire, "rel": .release, "enq": .enqueue,
    "deq": .dequeue, "gen": .generate, "app": .append,
  ]
}

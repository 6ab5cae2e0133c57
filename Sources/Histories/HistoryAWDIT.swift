// The text format of AWDIT (PLDI 2025), a tester of weak isolation: one read or write a line, `-----`
// between the transactions of a session, `=====` between sessions:
//
//     w 0 1
//     -----
//     r 1 7
//     =====
//     r 0 1
//
// It has no times. Sessions become processes, and times are positions in the file: only the order
// inside a session means anything, so that models of real time do not apply.

extension History {
  /// Reads a history in AWDIT's text format.
  /// - Throws: `HistoryError` at the first line that is neither a read, a write nor a separator.
  public init(awdit bytes: [UInt8]) throws {
    self = try bytes.withView { try History(awdit: $0) }
  }

  init(awdit bytes: ByteView) throws {
    self.init()
    var reader = AWDITReader(bytes)
    try reader.read(into: &self)
  }
}

private struct AWDITReader {
  private var scanner: ByteScanner
  private var session: Int32 = 0
  private var line: Int32 = 1
  /// Where the open transaction began: its first step, its line.
  private var first = 0
  private var firstLine: Int32 = 1

  init(_ bytes: ByteView) { scanner = ByteScanner(bytes) }

  mutating func read(into history: inout History) throws {
    history.steps.reserveCapacity(scanner.end / 10)
    while true {
      scanner.release()
      scanner.skipBlanks(andLines: false)
      guard !scanner.isAtEnd else { break }
      switch scanner.byte {
      case UInt8(ascii: "r"): try step(.read, &history)
      case UInt8(ascii: "w"): try step(.write, &history)
      case UInt8(ascii: "-"):
        try separator(UInt8(ascii: "-"))
        close(&history)
      case UInt8(ascii: "="):
        try separator(UInt8(ascii: "="))
        close(&history)
        session += session < .max ? 1 : 0
      case 0x0A: break
      default: throw scanner.fail("expected `r KEY VALUE`, `w KEY VALUE`, `-----` or `=====`")
      }
      scanner.skipBlanks(andLines: false)
      guard scanner.isAtEnd || scanner.accept(0x0A) else {
        throw scanner.fail("expected the end of the line")
      }
      line += line < .max ? 1 : 0
    }
    close(&history)
  }

  private mutating func step(_ function: Function, _ history: inout History) throws {
    scanner.position += 1
    try scanner.expect(0x20)
    scanner.skipBlanks(andLines: false)
    let start = scanner.position
    guard let key = Key(exactly: try scanner.integer()), key >= 0 else {
      scanner.position = start
      throw scanner.fail("keys are integers from 0 to \(Key.max)")
    }
    try scanner.expect(0x20)
    scanner.skipBlanks(andLines: false)
    let value = try scanner.integer()
    if history.steps.count == first { firstLine = line }
    history.steps.append(Step(function: function, key: key, shape: .scalar, value: value))
  }

  private mutating func separator(_ byte: UInt8) throws {
    let start = scanner.position
    while scanner.accept(byte) {}
    guard scanner.position - start >= 3 else {
      scanner.position = start
      throw scanner.fail("expected `-----` or `=====`")
    }
  }

  /// Ends the open transaction, if it has any step.
  private mutating func close(_ history: inout History) {
    history.appendTransaction(of: session, from: first, line: firstLine)
    first = history.steps.count
  }
}

extension History {
  /// Appends a transaction of a file without times: the steps from `first` on, if any. Its time is its
  /// position, so that only the order inside a session means anything.
  mutating func appendTransaction(
    of session: Int32, from first: Int, line: Int32, completion: Completion = .ok
  ) {
    let length = steps.count - first
    guard length > 0 else { return }
    let time = 2 * Int64(count)
    append(
      Entry(
        process: session, function: .transaction, key: 0, shape: .steps, value: Int64(first),
        extra: Int64(length), completion: completion, call: time, return: time + 1))
    lines.append(line)
  }

  /// Makes reads of 0 reads of nothing, but for keys to which somebody writes 0.
  mutating func takeZeroAsInitial() {
    let written = Set(steps.lazy.filter { $0.function == .write && $0.value == 0 }.map(\.key))
    for place in steps.indices where steps[place].function == .read && steps[place].value == 0 {
      if !written.contains(steps[place].key) { steps[place].shape = .none }
    }
  }
}

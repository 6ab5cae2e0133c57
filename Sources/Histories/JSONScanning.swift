// The JSON that values of a history file are made of: integers, lists of them, objects from keys to
// integers, and the steps of a transaction.

extension ByteScanner {
  /// Steps over a word if it comes next.
  mutating func acceptWord(_ word: StaticString) -> Bool {
    let length = word.utf8CodeUnitCount
    guard position + length <= end else { return false }
    let isNext = word.withUTF8Buffer { letters in
      for place in 0..<length where bytes[position + place] != letters[place] { return false }
      return true
    }
    if isNext { position += length }
    return isNext
  }

  /// A string that names a function.
  mutating func function() throws -> Function {
    let start = position
    guard let name = try plainString() else { throw fail("expected the name of a function") }
    if let function = FunctionNames.function(name, in: self) { return function }
    let text = bytes.text(name)
    throw fail(
      at: start, "unknown function `\(text)`; did you mean `\(FunctionNames.nearest(to: text))`?")
  }

  /// Steps over any JSON value.
  mutating func skipJSON() throws {
    var depth = 0
    repeat {
      guard position < end else { throw fail("this value has no end") }
      switch bytes[position] {
      case UInt8(ascii: "["), UInt8(ascii: "{"):
        depth += 1
        position += 1
      case UInt8(ascii: "]"), UInt8(ascii: "}"):
        guard depth > 0 else { throw fail("expected a value") }
        depth -= 1
        position += 1
      case UInt8(ascii: "\""): _ = try string()
      case UInt8(ascii: ","), UInt8(ascii: ":"), 0x20, 0x09, 0x0D:
        guard depth > 0 else { throw fail("expected a value") }
        position += 1
      case 0x0A: throw fail("this value does not end on its line")
      default: skipWord()
      }
    } while depth > 0
  }

  /// Steps over a number or a word.
  private mutating func skipWord() {
    while position < end {
      switch bytes[position] {
      case UInt8(ascii: ","), UInt8(ascii: "]"), UInt8(ascii: "}"), UInt8(ascii: ":"), 0x20, 0x09,
        0x0A, 0x0D:
        return
      default: position += 1
      }
    }
  }

  /// An object from keys to integers, as key, value, key, value. Keys that are numbers in quotes, as
  /// JSON wants them, are these numbers.
  mutating func map(_ names: inout KeyNames) throws -> [Int64] {
    var list: [Int64] = []
    try expect(UInt8(ascii: "{"))
    skipBlanks(andLines: false)
    if accept(UInt8(ascii: "}")) { return list }
    repeat {
      skipBlanks(andLines: false)
      let name = try string()
      list.append(Int64(Int64(name).map { names.key($0) } ?? names.key(name)))
      skipBlanks(andLines: false)
      try expect(UInt8(ascii: ":"))
      skipBlanks(andLines: false)
      list.append(try integer())
      skipBlanks(andLines: false)
    } while accept(UInt8(ascii: ","))
    try expect(UInt8(ascii: "}"))
    return list
  }

  /// The steps of a transaction: [["append", "x", 1], ["r", "x", [1]], ["w", "y", 2]].
  mutating func readSteps(_ history: inout History, _ names: inout KeyNames) throws -> [Step] {
    var steps: [Step] = []
    try expect(UInt8(ascii: "["))
    skipBlanks(andLines: false)
    if accept(UInt8(ascii: "]")) { return steps }
    repeat {
      skipBlanks(andLines: false)
      steps.append(try readStep(&history, &names))
      skipBlanks(andLines: false)
    } while accept(UInt8(ascii: ","))
    try expect(UInt8(ascii: "]"))
    return steps
  }

  private mutating func readStep(_ history: inout History, _ names: inout KeyNames) throws -> Step {
    try expect(UInt8(ascii: "["))
    skipBlanks(andLines: false)
    let function = try function()
    try comma()
    let key = byte == UInt8(ascii: "\"") ? names.key(try string()) : names.key(try integer())
    try comma()
    var step = Step(function: function, key: key, shape: .none, value: 0)
    if byte == UInt8(ascii: "[") {
      let list = try elements(&history)
      step.shape = .list
      if function == .compareAndSet {
        guard list.count == 2 else { throw fail("cas needs [old, new]") }
        (step.shape, step.extra, step.value) = (.scalar, list[0], list[1])
      } else {
        (step.value, step.extra) = history.store(list)
      }
    } else if !acceptWord("null") {
      step.shape = .scalar
      step.value = try element(&history)
    }
    skipBlanks(andLines: false)
    try expect(UInt8(ascii: "]"))
    return step
  }

  /// An integer, or a name that a number stands for.
  mutating func element(_ history: inout History) throws -> Int64 {
    byte == UInt8(ascii: "\"") ? history.value(named: try string()) : try integer()
  }

  mutating func elements(_ history: inout History) throws -> [Int64] {
    var list: [Int64] = []
    try expect(UInt8(ascii: "["))
    skipBlanks(andLines: false)
    if accept(UInt8(ascii: "]")) { return list }
    repeat {
      skipBlanks(andLines: false)
      list.append(try element(&history))
      skipBlanks(andLines: false)
    } while accept(UInt8(ascii: ","))
    try expect(UInt8(ascii: "]"))
    return list
  }

  private mutating func comma() throws {
    skipBlanks(andLines: false)
    try expect(UInt8(ascii: ","))
    skipBlanks(andLines: false)
  }
}

// Histories as Jepsen keeps them: an event for each invocation and each completion, a map with the process,
// the type, the function and the value. This reads one event after another from EDN or JSON without
// keeping any, so that files of gigabytes can be read.

/// An invocation or a completion.
struct HistoryEvent {
  var process: Int32 = 0
  /// How the operation ended; nil for an invocation.
  var completion: Completion?
  var function = Function.read
  /// Whether the function was called `add`, which is said of sets and of counters.
  var isAdd = false
  var key: DataValue?
  var value: DataValue
  var time: Int64?
  var region: UInt8 = 0
  var isFinal = false
  var version: Version?
  /// Where it begins.
  var offset: Int
}

/// Gives the events of a file in their order. A copy begins where the original stood.
protocol EventSource {
  var scanner: ByteScanner { get }
  mutating func next() throws -> HistoryEvent?
}

/// Events as maps: in one or more vectors, lists or arrays, or one after another.
struct MapEvents<Notation: NotationReader>: EventSource {
  private var notation: Notation
  /// The collection that is open, if any: where it begins, what ends it, whether it is still empty.
  private var collection: (opened: Int, close: UInt8, isFirst: Bool)?

  init(_ bytes: ByteView) { notation = Notation(ByteScanner(bytes)) }

  var scanner: ByteScanner { notation.scanner }

  mutating func next() throws -> HistoryEvent? {
    while try findElement() {
      notation.scanner.release()
      if let event = try readEvent() { return event }
    }
    return nil
  }

  /// Steps to the next map; false at the end of the file.
  private mutating func findElement() throws -> Bool {
    while true {
      if let (opened, close, isFirst) = collection {
        if try notation.another(isFirst: isFirst, close: close, opened: opened) {
          collection?.isFirst = false
          try notation.skipTags()
          return true
        }
        collection = nil
      }
      try notation.skipSpace()
      guard !scanner.isAtEnd else { return false }
      try notation.skipTags()
      let close: UInt8
      switch scanner.byte {
      case UInt8(ascii: "["): close = UInt8(ascii: "]")
      case UInt8(ascii: "("): close = UInt8(ascii: ")")
      case UInt8(ascii: "]"), UInt8(ascii: ")"), UInt8(ascii: "}"):
        throw scanner.fail("nothing is open that this could close")
      default: return true
      }
      collection = (scanner.position, close, true)
      notation.scanner.position += 1
    }
  }

  // What a map said that an event does not hold.
  private struct Rest {
    var process: DataValue?
    var type: Range<Int>?
    var function: Range<Int>?
  }

  private static var process: UInt64 { ByteScanner.word("process") }
  private static var type: UInt64 { ByteScanner.word("type") }
  private static var function: UInt64 { ByteScanner.word("f") }
  private static var key: UInt64 { ByteScanner.word("key") }
  private static var value: UInt64 { ByteScanner.word("value") }
  private static var time: UInt64 { ByteScanner.word("time") }
  private static var region: UInt64 { ByteScanner.word("region") }
  private static var final: UInt64 { ByteScanner.word("final") }
  private static var isFinal: UInt64 { ByteScanner.word("final?") }
  private static var version: UInt64 { ByteScanner.word("version") }

  /// The event in the map that stands here; nil if it is not a client's.
  private mutating func readEvent() throws -> HistoryEvent? {
    let opened = scanner.position
    guard notation.scanner.accept(UInt8(ascii: "{")) else {
      throw scanner.fail("expected an operation: a map")
    }
    var event = HistoryEvent(value: DataValue(kind: .null, offset: opened), offset: opened)
    var rest = Rest()
    var isFirst = true
    while try notation.another(isFirst: isFirst, close: UInt8(ascii: "}"), opened: opened) {
      isFirst = false
      let name = try notation.name()
      if name == nil { _ = try notation.value() }
      try notation.skipToMapValue(opened: opened)
      try readField(name.map(scanner.word) ?? 0, &event, &rest)
    }
    return try finish(&event, rest) ? event : nil
  }

  private mutating func readField(
    _ name: UInt64, _ event: inout HistoryEvent, _ rest: inout Rest
  ) throws {
    switch name {
    case Self.type: rest.type = try word()
    case Self.function: rest.function = try word()
    default:
      let value = try notation.value()
      take(value, as: name, &event, &rest)
    }
  }

  private func take(
    _ value: DataValue, as name: UInt64, _ event: inout HistoryEvent, _ rest: inout Rest
  ) {
    switch name {
    case Self.process: rest.process = value
    case Self.value: event.value = value
    case Self.key: event.key = value
    case Self.time: event.time = value.integer
    case Self.region: event.region = value.integer.flatMap(UInt8.init(exactly:)) ?? 0
    case Self.final, Self.isFinal: event.isFinal = value.boolean == true
    case Self.version:
      guard let pair = value.elements, pair.count == 2, let major = pair[0].integer,
        let minor = pair[1].integer
      else { return }
      event.version = Version(major, minor)
    default: break
    }
  }

  /// A name as a value; nil if something else stands here.
  private mutating func word() throws -> Range<Int>? {
    if let word = try notation.name() { return word }
    _ = try notation.value()
    return nil
  }

  /// Checks the map as a whole; false if it is not a client's.
  private func finish(_ event: inout HistoryEvent, _ rest: Rest) throws -> Bool {
    guard let process = rest.process else {
      throw scanner.fail(at: event.offset, "this operation has no :process")
    }
    guard let number = process.integer else { return false }
    guard let narrow = Int32(exactly: number), narrow >= 0 else {
      throw scanner.fail(at: process.offset, "processes are integers from 0 to 2147483647")
    }
    event.process = narrow
    guard let type = rest.type else {
      throw scanner.fail(at: event.offset, "this operation has no :type")
    }
    event.completion = try scanner.completion(type)
    if let function = rest.function {
      try scanner.setFunction(function, &event)
    } else if event.value.elements != nil {
      // Some of Elle's histories leave `:f :txn` out.
      event.function = .transaction
    } else {
      throw scanner.fail(at: event.offset, "this operation has no :f")
    }
    return true
  }
}

extension ByteScanner {
  /// How an operation ended, of its type; nil for an invocation.
  func completion(_ type: Range<Int>) throws -> Completion? {
    switch word(type) {
    case ByteScanner.word("invoke"): return nil
    case ByteScanner.word("ok"): return .ok
    case ByteScanner.word("fail"): return .fail
    case ByteScanner.word("info"): return .info
    default:
      throw fail(
        at: type.lowerBound,
        "unknown type `\(bytes.text(type))`; types are invoke, ok, fail and info")
    }
  }

  /// Sets the function of an event to the one that part of the bytes names.
  func setFunction(_ name: Range<Int>, _ event: inout HistoryEvent) throws {
    guard let function = FunctionNames.function(name, in: self) else {
      let text = bytes.text(name)
      throw fail(
        at: event.offset,
        "unknown function `:\(text)`; did you mean `:\(FunctionNames.nearest(to: text))`?")
    }
    event.function = function
    event.isAdd = word(name) == ByteScanner.word("add")
  }
}

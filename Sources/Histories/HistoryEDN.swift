// Histories as Jepsen, Knossos and elle-cli write them: maps in EDN or JSON, one for each invocation and
// completion, in one vector or array or one after another. And the logs of old etcd tests:
//
//     {:process 0, :type :invoke, :f :write, :value 3, :time 1234}
//     {"process": 0, "type": "invoke", "f": "write", "value": 3, "time": 1234}
//     INFO  jepsen.util - 0    :invoke    :write    3
//
// Operations of the nemesis are skipped. If every operation has a `:time` and times never go back, the
// times are used, else the positions. Independent keys, [k v] in every operation, become keys.

/// What the elements of a Jepsen history mean, where that is not plain.
public enum EDNDialect: String, Sendable, CaseIterable {
  /// `:add` inserts into a set if some read returns a collection, else it adds to a counter.
  case automatic
  case set
  case counter
}

extension History {
  /// Reads an EDN history.
  /// - Throws: `HistoryError` at the first thing that can not be understood.
  public init(edn bytes: [UInt8], dialect: EDNDialect = .automatic) throws {
    self = try bytes.withView { try History(edn: $0, dialect: dialect) }
  }

  init(edn bytes: ByteView, dialect: EDNDialect = .automatic) throws {
    self = try EventAssembly.history(of: MapEvents<EDNReader>(bytes), dialect)
  }

  /// Reads a history as Jepsen and elle-cli write it in JSON.
  /// - Throws: `HistoryError` at the first thing that can not be understood.
  public init(jepsenJSON bytes: [UInt8], dialect: EDNDialect = .automatic) throws {
    self = try bytes.withView { try History(jepsenJSON: $0, dialect: dialect) }
  }

  init(jepsenJSON bytes: ByteView, dialect: EDNDialect = .automatic) throws {
    self = try EventAssembly.history(of: MapEvents<JSONReader>(bytes), dialect)
  }

  /// Reads the log of an etcd test: lines with `jepsen.util - PROCESS :TYPE :F VALUE`.
  /// - Throws: `HistoryError` at the first such line that can not be understood.
  public init(etcdLog bytes: [UInt8]) throws {
    self = try bytes.withView { try History(etcdLog: $0) }
  }

  init(etcdLog bytes: ByteView) throws {
    self = try EventAssembly.history(of: LogEvents(bytes), .automatic)
  }
}

/// Events as lines of a log.
private struct LogEvents: EventSource {
  private(set) var scanner: ByteScanner

  init(_ bytes: ByteView) { scanner = ByteScanner(bytes) }

  mutating func next() throws -> HistoryEvent? {
    while !scanner.isAtEnd {
      scanner.release()
      let start = scanner.position
      var words: Int?
      while !scanner.isAtEnd, scanner.byte != 0x0A {
        if words == nil, scanner.acceptWord("jepsen.util - ") {
          words = scanner.position
        } else {
          scanner.position += 1
        }
      }
      let end = scanner.position
      _ = scanner.accept(0x0A)
      guard let words else { continue }
      var line = EDNReader(ByteScanner(scanner.bytes, from: words, to: end))
      if let event = try event(&line, start) { return event }
    }
    return nil
  }

  /// The event in the rest of a line; nil if it is not a client's.
  private func event(_ line: inout EDNReader, _ start: Int) throws -> HistoryEvent? {
    try line.skipSpace()
    guard !line.scanner.isAtEnd, let number = try line.value().integer,
      let process = Int32(exactly: number)
    else { return nil }
    try line.skipSpace()
    guard let type = try line.name() else { return nil }
    try line.skipSpace()
    guard let function = try line.name() else { return nil }
    try line.skipSpace()
    guard !line.scanner.isAtEnd else { return nil }
    var event = HistoryEvent(process: process, value: try line.value(), offset: start)
    event.completion = try line.scanner.completion(type)
    try line.scanner.setFunction(function, &event)
    return event
  }
}

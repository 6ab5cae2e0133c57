// Histories as Jepsen and Knossos write them: EDN maps, one for each invocation and completion, in one
// vector or list or one after another. And the logs of old etcd tests:
//
//     {:process 0, :type :invoke, :f :write, :value 3, :time 1234}
//     INFO  jepsen.util - 0    :invoke    :write    3
//
// Operations of the nemesis are skipped. If every operation has a `:time` and times never go back, the
// times are used, else the positions. Independent keys, [k v] in every operation, become keys.

/// What the elements of an EDN history mean, where that is not plain.
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
    var reader = EDNReader(bytes)
    var events: [EDNEvent] = []
    while let value = try reader.next() {
      for map in value.elements ?? [value] {
        if let event = try EDNEvent(map, bytes) { events.append(event) }
      }
    }
    var assembly = EventAssembly(bytes, events, dialect)
    self = try assembly.history()
  }

  /// Reads the log of an etcd test: lines with `jepsen.util - PROCESS :TYPE :F VALUE`.
  /// - Throws: `HistoryError` at the first such line that can not be understood.
  public init(etcdLog bytes: [UInt8]) throws {
    let marker = Array("jepsen.util - ".utf8)
    var events: [EDNEvent] = []
    var start = 0
    for line in bytes.split(separator: 0x0A, omittingEmptySubsequences: false) {
      defer { start += line.count + 1 }
      guard let place = line.indices.first(where: { line[$0...].starts(with: marker) }) else {
        continue
      }
      var reader = EDNReader(bytes, from: place + marker.count)
      var words: [EDNValue] = []
      while words.count < 4, let value = try reader.next(), value.offset < line.endIndex {
        words.append(value)
      }
      guard words.count == 4, let type = words[1].keyword, let function = words[2].keyword else {
        continue
      }
      guard let process = words[0].integer.flatMap(Int32.init(exactly:)) else { continue }
      events.append(
        EDNEvent(
          process: process, type: type, function: function, value: words[3], time: nil, key: nil,
          region: 0, isFinal: false, offset: start))
    }
    var assembly = EventAssembly(bytes, events, .automatic)
    self = try assembly.history()
  }
}

/// An invocation or a completion.
struct EDNEvent {
  var process: Int32
  var type: String
  var function: String
  var value: EDNValue
  var time: Int64?
  var key: EDNValue?
  var region: UInt8
  var isFinal: Bool
  var offset: Int
}

extension EDNEvent {
  /// The event in a map; nil if it is not a client's.
  init?(_ map: EDNValue, _ bytes: [UInt8]) throws {
    guard case .map = map.kind else {
      throw HistoryError(bytes, at: map.offset, "expected an operation: a map")
    }
    guard let process = map["process"] else {
      throw HistoryError(bytes, at: map.offset, "this operation has no :process")
    }
    guard let number = process.integer else { return nil }
    guard let narrow = Int32(exactly: number), narrow >= 0 else {
      throw HistoryError(bytes, at: process.offset, "processes are integers from 0 to 2147483647")
    }
    guard let type = map["type"]?.keyword else {
      throw HistoryError(bytes, at: map.offset, "this operation has no :type")
    }
    // Some of Elle's histories leave `:f :txn` out.
    let isTransaction = map["f"] == nil && map["value"]?.elements != nil
    guard let function = isTransaction ? "txn" : map["f"]?.keyword else {
      throw HistoryError(bytes, at: map.offset, "this operation has no :f")
    }
    var isFinal = false
    if case .boolean(true)? = (map["final?"] ?? map["final"])?.kind { isFinal = true }
    self.init(
      process: narrow, type: type, function: function,
      value: map["value"] ?? EDNValue(kind: .null, offset: map.offset),
      time: map["time"]?.integer, key: map["key"],
      region: map["region"]?.integer.flatMap(UInt8.init(exactly:)) ?? 0, isFinal: isFinal,
      offset: map.offset)
  }
}

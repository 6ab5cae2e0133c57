// What clients asked and saw, in columns: one row an operation, 10 million rows cost about 0.6 GB.
// Everything that judges a run reads only this, so it judges histories from anywhere.
//
// Rows are in the order of their calls. Lists (sets, siblings, transactions) live in one shared pool.

/// What an operation does: the `f` of a history file.
public enum Function: UInt8, Sendable, CaseIterable {
  case read, write, compareAndSet, increment, insert, remove, append, transfer, transaction
  case acquire, release, enqueue, dequeue, generate

  /// The name in history files.
  public var name: String {
    switch self {
    case .compareAndSet: "cas"
    case .increment: "add"
    case .insert: "insert"
    case .transaction: "txn"
    default: String(describing: self)
    }
  }
}

extension Function {
  /// Whether it takes a lock or gives it back, for an owner that may have a name.
  var isOfLock: Bool { self == .acquire || self == .release }
}

/// How an operation ended, without its answer.
public enum Completion: UInt8, Sendable, CaseIterable {
  case ok, fail, info
}

/// What the value column of a row holds.
public enum Shape: UInt8, Sendable {
  /// Nothing: a read of a register never written, or a read that was not answered.
  case none
  /// One integer.
  case scalar
  /// A range of the pool: the elements of a set, the siblings of a register.
  case list
  /// A range of the pool with key, value, key, value, ...: the balances of a bank, by `Key`.
  case map
  /// A range of `steps`: a transaction.
  case steps
  /// A number of `strings`.
  case string
}

/// One operation of a history: a row, for code where clarity counts more than speed.
public struct Entry: Sendable, Hashable {
  public var process: Int32
  public var function: Function
  public var key: Key
  public var shape: Shape
  /// Written value, read value, amount; or where its list begins in the pool.
  public var value: Int64
  /// Expected value of a compare-and-set, receiver of a transfer; or how long its list is.
  public var extra: Int64
  public var completion: Completion
  /// When the client asked; nanoseconds, or any ticks.
  public var call: Int64
  /// When it heard; `History.never` if it did not.
  public var `return`: Int64
  public var region: UInt8
  /// A read made after the run had healed and quiesced.
  public var isFinal: Bool
  public var version: Version?

  public init(
    process: Int32, function: Function, key: Key, shape: Shape = .scalar, value: Int64 = 0,
    extra: Int64 = 0, completion: Completion = .ok, call: Int64, return returned: Int64,
    region: UInt8 = 0, isFinal: Bool = false, version: Version? = nil
  ) {
    self.process = process
    self.function = function
    self.key = key
    self.shape = shape
    self.value = value
    self.extra = extra
    self.completion = completion
    self.call = call
    self.return = returned
    self.region = region
    self.isFinal = isFinal
    self.version = version
  }
}

/// One step of a transaction.
public struct Step: Sendable, Hashable {
  public var function: Function
  public var key: Key
  public var shape: Shape
  public var value: Int64
  public var extra: Int64

  public init(function: Function, key: Key, shape: Shape, value: Int64, extra: Int64 = 0) {
    self.function = function
    self.key = key
    self.shape = shape
    self.value = value
    self.extra = extra
  }
}

/// A history: who asked what when, and what they were told.
public struct History: Sendable {
  /// The return time of an operation whose client never heard.
  public static let never = Int64.max

  public internal(set) var processes: [Int32] = []
  public internal(set) var functions: [Function] = []
  public internal(set) var keys: [Key] = []
  public internal(set) var shapes: [Shape] = []
  public internal(set) var values: [Int64] = []
  public internal(set) var extras: [Int64] = []
  public internal(set) var completions: [Completion] = []
  public internal(set) var calls: [Int64] = []
  public internal(set) var returns: [Int64] = []
  public internal(set) var regions: [UInt8] = []
  public internal(set) var finals: [Bool] = []
  /// The version of each row, `Version.initial` where unknown; empty for a black-box history.
  public internal(set) var versions: [Version] = []

  /// Lists of all rows, one after another.
  public internal(set) var pool: [Int64] = []
  /// Steps of all transactions, one after another.
  public internal(set) var steps: [Step] = []
  /// The strings of rows of shape string, each once.
  public internal(set) var strings: [String] = []
  /// Names of keys that are not plain numbers; empty if all are.
  public var keyNames: [String] = []
  /// Names of written values that are not integers: `firstNamedValue` stands for the first, and so on.
  public internal(set) var valueNames: [String] = []
  private var namedValues: [String: Int64] = [:]
  private var stringPlaces: [String: Int64] = [:]
  /// Names of regions, for people; empty if unknown.
  public var regionNames: [String] = []
  /// Ticks of `calls` and `returns` a second, for people; 0 if unknown.
  public var ticksPerSecond: Int64 = 0
  /// For a history made from parts of another's rows: the row that each comes from; else empty.
  public var origins: [Int32] = []
  /// The line of its file on which each row begins; empty if it does not come from a file.
  public internal(set) var lines: [Int32] = []

  public init() {}

  /// How many operations.
  public var count: Int { processes.count }

  /// Whether the true version order is known.
  public var hasVersions: Bool { !versions.isEmpty }

  /// The same history as clients saw it: without versions.
  public var blackBox: History {
    var copy = self
    copy.versions = []
    return copy
  }

  /// The operation in a row.
  public subscript(row: Int) -> Entry {
    Entry(
      process: processes[row], function: functions[row], key: keys[row], shape: shapes[row],
      value: values[row], extra: extras[row], completion: completions[row], call: calls[row],
      return: returns[row], region: regions[row], isFinal: finals[row], version: version(of: row))
  }

  /// The version that a row wrote or saw, if known.
  public func version(of row: Int) -> Version? {
    guard row < versions.count, versions[row] != .initial else { return nil }
    return versions[row]
  }

  /// The list of a row of shape list or map.
  @inlinable
  public func list(of row: Int) -> ArraySlice<Int64> {
    guard shapes[row] == .list || shapes[row] == .map else { return [] }
    return pool[Int(values[row])..<Int(values[row] + extras[row])]
  }

  /// The steps of a transaction row.
  @inlinable
  public func steps(of row: Int) -> ArraySlice<Step> {
    guard shapes[row] == .steps else { return [] }
    return steps[Int(values[row])..<Int(values[row] + extras[row])]
  }

  /// The name of the region a row was asked of, if known.
  public func regionName(of row: Int) -> String? {
    Int(regions[row]) < regionNames.count ? regionNames[Int(regions[row])] : nil
  }

  /// Values from here on stand for names.
  public static let firstNamedValue = Int64.min + 1

  /// A value as its user knows it.
  public func name(ofValue value: Value) -> String {
    isNamed(value) ? valueNames[Int(value &- History.firstNamedValue)] : String(value)
  }

  /// Whether a value stands for a name.
  func isNamed(_ value: Value) -> Bool {
    let place = value &- History.firstNamedValue
    return place >= 0 && place < Int64(valueNames.count)
  }

  /// The value that stands for a name.
  mutating func value(named name: String) -> Int64 {
    if let value = namedValues[name] { return value }
    let value = History.firstNamedValue + Int64(valueNames.count)
    valueNames.append(name)
    namedValues[name] = value
    return value
  }

  /// The place of a string in `strings`.
  mutating func place(ofString text: String) -> Int64 {
    if let place = stringPlaces[text] { return place }
    let place = Int64(strings.count)
    strings.append(text)
    stringPlaces[text] = place
    return place
  }

  /// The name of a key as its user knows it.
  public func name(of key: Key) -> String {
    Int(key) < keyNames.count ? keyNames[Int(key)] : String(key)
  }

  /// The client that a lock operation names as its owner, if it does.
  public func lockOwner(of row: Int) -> Value? {
    guard functions[row].isOfLock, extras[row] != 0,
      shapes[row] == .none || shapes[row] == .scalar
    else { return nil }
    return extras[row]
  }

  /// The row as its user knows it.
  public func origin(of row: Int) -> Int { row < origins.count ? Int(origins[row]) : row }

  /// Appends an operation; rows must come in the order of their calls. Returns its row.
  @discardableResult
  public mutating func append(_ entry: Entry) -> Int {
    processes.append(entry.process)
    functions.append(entry.function)
    keys.append(entry.key)
    shapes.append(entry.shape)
    values.append(entry.value)
    extras.append(entry.extra)
    completions.append(entry.completion)
    calls.append(entry.call)
    returns.append(entry.return)
    regions.append(entry.region)
    finals.append(entry.isFinal)
    if let version = entry.version {
      if versions.isEmpty { versions = Array(repeating: .initial, count: count - 1) }
      versions.append(version)
    } else if !versions.isEmpty {
      versions.append(.initial)
    }
    return count - 1
  }

  /// Makes room for as many rows, so that columns do not move as they grow.
  mutating func reserve(_ rows: Int) {
    processes.reserveCapacity(rows)
    functions.reserveCapacity(rows)
    keys.reserveCapacity(rows)
    shapes.reserveCapacity(rows)
    values.reserveCapacity(rows)
    extras.reserveCapacity(rows)
    completions.reserveCapacity(rows)
    calls.reserveCapacity(rows)
    returns.reserveCapacity(rows)
    regions.reserveCapacity(rows)
    finals.reserveCapacity(rows)
    lines.reserveCapacity(rows)
  }

  /// Puts a list into the pool; gives what belongs in a row's `value` and `extra`.
  public mutating func store(_ list: some Collection<Int64>) -> (value: Int64, extra: Int64) {
    pool.append(contentsOf: list)
    return (Int64(pool.count - list.count), Int64(list.count))
  }

  /// Puts a transaction's steps into the pool; gives what belongs in a row's `value` and `extra`.
  public mutating func store(steps list: [Step]) -> (value: Int64, extra: Int64) {
    steps.append(contentsOf: list)
    return (Int64(steps.count - list.count), Int64(list.count))
  }

  /// Ends an operation that was appended as open (completion info, return never).
  public mutating func complete(
    _ row: Int, _ completion: Completion, at time: Int64, shape: Shape, value: Int64,
    extra: Int64, version: Version?
  ) {
    completions[row] = completion
    returns[row] = time
    shapes[row] = shape
    values[row] = value
    extras[row] = extra
    guard let version else { return }
    if versions.isEmpty { versions = Array(repeating: .initial, count: count) }
    versions[row] = version
  }
}

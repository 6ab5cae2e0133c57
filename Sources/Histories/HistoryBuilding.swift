// What readers of history files share: names of functions, numbers for key names, and putting rows
// that a file has in the order of their ends into the order of their calls.

/// The names that history files use for functions.
enum FunctionNames {
  private static let table: [(name: String, function: Function)] = [
    ("read", .read), ("r", .read), ("write", .write), ("w", .write), ("cas", .compareAndSet),
    ("compare-and-set", .compareAndSet), ("add", .increment), ("increment", .increment),
    ("insert", .insert), ("remove", .remove), ("delete", .remove), ("append", .append),
    ("transfer", .transfer), ("txn", .transaction), ("transaction", .transaction),
    ("acquire", .acquire), ("release", .release), ("enqueue", .enqueue), ("dequeue", .dequeue),
    ("generate", .generate), ("get", .read), ("put", .write), ("inc", .increment), ("del", .remove),
  ]
  /// The names of up to eight letters as numbers; the others are rare.
  private static let words = table.map { (Array($0.name.utf8).withView(word), $0.function) }

  private static func word(_ name: ByteView) -> UInt64 { ByteScanner(name).word(0..<name.count) }

  /// The function that part of a file names.
  static func function(_ name: Range<Int>, in scanner: ByteScanner) -> Function? {
    let word = scanner.word(name)
    if word != 0 { return words.first { $0.0 == word }?.1 }
    return function(scanner.bytes.text(name))
  }

  static func function(_ name: String) -> Function? {
    table.first { $0.name == name }?.function
  }

  /// The name in the table that a wrong name is most like.
  static func nearest(to name: String) -> String {
    let best = table.min { distance($0.name, name) < distance($1.name, name) }
    return best?.name ?? "read"
  }

  /// How many letters to insert, delete or change (Levenshtein).
  private static func distance(_ left: String, _ right: String) -> Int {
    let right = Array(right.utf8)
    var row = Array(0...right.count)
    for (place, letter) in left.utf8.enumerated() {
      var diagonal = row[0]
      row[0] = place + 1
      for other in right.indices {
        let change = diagonal + (right[other] == letter ? 0 : 1)
        diagonal = row[other + 1]
        row[other + 1] = min(change, row[other] + 1, row[other + 1] + 1)
      }
    }
    return row[right.count]
  }
}

extension Function {
  /// Whether it means nothing without a value.
  var needsValue: Bool {
    switch self {
    case .write, .increment, .insert, .remove, .append, .enqueue: true
    default: false
    }
  }
}

/// Numbers for the keys of a file: the numbers themselves if all keys are plain numbers, else the
/// order in which names first appear.
struct KeyNames {
  private var numbers: [Int64: Key] = [:]
  private var words: [String: Key] = [:]
  private var names: [String] = []
  private var plain: [Int64] = []
  private var lastNumber: (number: Int64, key: Key)?

  mutating func key(_ number: Int64) -> Key {
    if let lastNumber, lastNumber.number == number { return lastNumber.key }
    let key = numbers[number] ?? new(String(number))
    if numbers.updateValue(key, forKey: number) == nil { plain.append(number) }
    lastNumber = (number, key)
    return key
  }

  mutating func key(_ word: String) -> Key {
    if let key = words[word] { return key }
    let key = new(word)
    words[word] = key
    return key
  }

  private mutating func new(_ name: String) -> Key {
    names.append(name)
    return Key(names.count - 1)
  }

  /// Renumbers a history's keys if all are plain numbers, else gives it their names.
  func finish(_ history: inout History) {
    let fits = plain.allSatisfy { $0 >= 0 && $0 <= Int64(Key.max) }
    guard words.isEmpty, fits else {
      history.keyNames = names
      return
    }
    for row in history.keys.indices { history.keys[row] = Key(plain[Int(history.keys[row])]) }
    for step in history.steps.indices {
      history.steps[step].key = Key(plain[Int(history.steps[step].key)])
    }
    for row in history.keys.indices {
      if history.functions[row] == .transfer {
        history.extras[row] = plain[Int(history.extras[row])]
      } else if history.shapes[row] == .map {
        let list = Int(history.values[row])
        for place in stride(from: list, to: list + Int(history.extras[row]), by: 2) {
          history.pool[place] = plain[Int(history.pool[place])]
        }
      }
    }
  }
}

extension History {
  /// Puts rows into the order of their calls; rows called at the same time keep their order.
  mutating func sortByCalls() {
    var isSorted = true
    for row in 1..<max(count, 1) where calls[row] < calls[row - 1] { isSorted = false }
    guard !isSorted else { return }
    let order = calls.indices.sorted { (calls[$0], $0) < (calls[$1], $1) }
    processes = order.map { processes[$0] }
    functions = order.map { functions[$0] }
    keys = order.map { keys[$0] }
    shapes = order.map { shapes[$0] }
    values = order.map { values[$0] }
    extras = order.map { extras[$0] }
    completions = order.map { completions[$0] }
    returns = order.map { returns[$0] }
    regions = order.map { regions[$0] }
    finals = order.map { finals[$0] }
    if !versions.isEmpty { versions = order.map { versions[$0] } }
    if !lines.isEmpty { lines = order.map { lines[$0] } }
    calls = order.map { calls[$0] }
  }
}

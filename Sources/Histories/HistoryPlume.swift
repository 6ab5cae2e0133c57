// The text format of Plume (OOPSLA 2024) and PolySI (VLDB 2023), black-box checkers of isolation: one read
// or write a line, with its key, value, session and transaction.
//
//     w(1,7,0,3)
//     r(1,7,1,4)
//
// The lines of a transaction need not be together; it stands where its first line does. Plume writes -1
// for the transaction of a write that was aborted. Every key holds 0 at first. It has no times: those of
// `appendTransaction` are positions.

extension History {
  /// Reads a history in the text format of Plume and PolySI.
  /// - Throws: `HistoryError` at the first line that can not be understood.
  public init(plume bytes: [UInt8]) throws {
    self = try bytes.withView { try History(plume: $0) }
  }

  init(plume bytes: ByteView) throws {
    self.init()
    var reader = PlumeReader(bytes)
    while try reader.readLine() {}
    reader.finish(&self)
  }
}

private struct PlumeReader {
  private var scanner: ByteScanner
  private var names = KeyNames()
  private var line: Int32 = 1
  private var steps: [Step] = []
  /// The transaction of each step.
  private var owners: [Int32] = []
  private var transactions: [(session: Int32, isAborted: Bool, line: Int32, steps: Int)] = []
  private var transactionNumbers: [Int64: Int32] = [:]
  private var sessionNumbers: [Int64: Int32] = [:]
  /// The transaction of the line before, and where its steps go: mostly that of the next, too.
  private var last: (transaction: Int64, owner: Int32)?

  init(_ bytes: ByteView) { scanner = ByteScanner(bytes) }

  /// Reads the next line; false at the end.
  mutating func readLine() throws -> Bool {
    scanner.release()
    scanner.skipBlanks(andLines: false)
    if scanner.accept(0x0A) {
      line += line < .max ? 1 : 0
      return true
    }
    guard !scanner.isAtEnd else { return false }
    let function: Function = scanner.byte == UInt8(ascii: "r") ? .read : .write
    guard scanner.accept(UInt8(ascii: "r")) || scanner.accept(UInt8(ascii: "w")) else {
      throw scanner.fail("expected `r(KEY,VALUE,SESSION,TRANSACTION)` or `w(...)`")
    }
    try scanner.expect(UInt8(ascii: "("))
    let key = names.key(try field(","))
    let value = try field(",")
    let session = try field(",")
    let transaction = try field(")")
    scanner.skipBlanks(andLines: false)
    guard scanner.isAtEnd || scanner.byte == 0x0A else {
      throw scanner.fail("expected the end of the line")
    }
    owners.append(owner(session, transaction))
    transactions[Int(owners[owners.count - 1])].steps += 1
    steps.append(Step(function: function, key: key, shape: .scalar, value: value))
    return true
  }

  private mutating func field(_ end: Unicode.Scalar) throws -> Int64 {
    scanner.skipBlanks(andLines: false)
    let number = try scanner.integer()
    scanner.skipBlanks(andLines: false)
    try scanner.expect(UInt8(ascii: end))
    return number
  }

  /// The transaction of a line, new if it was not seen before.
  private mutating func owner(_ session: Int64, _ transaction: Int64) -> Int32 {
    if let last, last.transaction == transaction, transaction != -1 { return last.owner }
    if transaction != -1, let owner = transactionNumbers[transaction] {
      last = (transaction, owner)
      return owner
    }
    let place = sessionNumbers[session] ?? Int32(sessionNumbers.count)
    sessionNumbers[session] = place
    let owner = Int32(transactions.count)
    transactions.append((place, transaction == -1, line, 0))
    if transaction != -1 { transactionNumbers[transaction] = owner }
    last = (transaction, owner)
    return owner
  }

  /// Puts the steps of each transaction together.
  func finish(_ history: inout History) {
    var next = [Int](repeating: 0, count: transactions.count + 1)
    for (place, transaction) in transactions.enumerated() {
      next[place + 1] = next[place] + transaction.steps
    }
    var order = [Int](repeating: 0, count: steps.count)
    for (step, owner) in owners.enumerated() {
      order[next[Int(owner)]] = step
      next[Int(owner)] += 1
    }
    var taken = 0
    for transaction in transactions {
      for place in taken..<taken + transaction.steps { history.steps.append(steps[order[place]]) }
      history.appendTransaction(
        of: transaction.session, from: taken, line: transaction.line,
        completion: transaction.isAborted ? .fail : .ok)
      taken += transaction.steps
    }
    names.finish(&history)
    history.takeZeroAsInitial()
  }
}

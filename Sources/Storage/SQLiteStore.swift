// A region's database: real SQLite in its write-ahead-log mode, on a disk that can lose power.
//
// A transaction is SQLite's, and its commit calls for a sync as with synchronous=FULL; but when
// that sync is complete is the world's decision (`synced`), because it takes simulated time. Until
// then the disk remembers how to lose the commit. The store checkpoints by itself, right after a
// commit, so that the commit's place in the disk's log is known before the checkpoint's writes
// follow.
//
// The database was provisioned before the run: its files exist and its schema is durable from the
// first instant, so directory entries need no model.
//
// Nothing in here calls back into the store, so its state goes without the dynamic checks for
// overlapping access that classes get by default: they cost a tenth of a read.

import CSQLite
import Simulation

/// A `DurableStore` in SQLite on a simulated disk. Used by one thread at a time.
public final class SQLiteStore: DurableStore {
  /// How the database is laid out.
  public struct Options: Sendable {
    /// Bytes per page. Small pages suit small rows: a commit writes whole pages.
    public var pageSize = 1024
    /// A commit that leaves more pages than this in the write-ahead log starts a checkpoint.
    public var checkpointPages = 1000
    public init(pageSize: Int = 1024, checkpointPages: Int = 1000) {
      self.pageSize = pageSize
      self.checkpointPages = checkpointPages
    }
  }

  /// The disk below, for its faults and their effects.
  public let disk = SimulatedDisk()
  @exclusivity(unchecked) public private(set) var failure: String?
  @exclusivity(unchecked) public private(set) var unsynced = 0
  /// Hears every statement from now on; costs one comparison a statement if there is none.
  @exclusivity(unchecked) public var recorder: (any StatementRecorder)? {
    didSet { recorder?.begin(setup: setup, statements: texts.texts) }
  }

  let texts: StatementTexts
  private let options: Options
  private let number: Int
  @exclusivity(unchecked) private(set) var connection: Connection?
  /// By number; nil until first used after opening.
  @exclusivity(unchecked) private var statements: ContiguousArray<Statement?>
  @exclusivity(unchecked) private var inBatch = false
  /// SQLite's transaction begins with the first write of a batch: here, in the disk's log.
  @exclusivity(unchecked) private var transactionStart: Int?
  @exclusivity(unchecked) private var wrote = false
  /// Where SQLite's hook leaves the length of the write-ahead log after a commit.
  private let walPages = UnsafeMutablePointer<Int32>.allocate(capacity: 1)

  /// Provisions a database with the schema. All of it is durable.
  public init(_ schema: Schema, options: Options = Options()) throws {
    self.options = options
    texts = StatementTexts(schema)
    statements = ContiguousArray(repeating: nil, count: texts.texts.count)
    walPages.initialize(to: 0)
    number = SimulatedVFS.add(disk)
    // A failure in here releases the store: deinit undoes the registration.
    try provision()
    disk.forgetEffects()
  }

  /// Makes the database on an empty disk.
  private func provision() throws {
    let connection = try open()
    for statement in setup { try connection.execute(statement) }
    try connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    disk.seal()
  }

  deinit {
    close()
    SimulatedVFS.remove(number)
    walPages.deallocate()
  }

  /// What makes an empty database this one.
  private var setup: [String] {
    ["PRAGMA page_size = \(options.pageSize)", "PRAGMA journal_mode = WAL"] + texts.setup
  }

  /// What every connection needs. `secure_delete` would only write more zeros; the cache is in
  /// pages, so that it does not depend on the page size at the time.
  static let settings = """
    PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY;
    PRAGMA secure_delete = OFF; PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = 2000
    """

  // MARK: Rows

  public func get(_ table: Table, _ key: Row) -> Row? {
    precondition(key.count == table.key.count, "a key of \(table.name) has its columns")
    guard let statement = statement(texts.get(table)) else { return nil }
    recorder?.executed(texts.get(table), key)
    statement.bind(key)
    let code = statement.step()
    let row = code == SQLITE_ROW ? statement.integers(table.columns.count) : nil
    statement.reset()
    if code != SQLITE_ROW, code != SQLITE_DONE { fail() }
    return row
  }

  public func put(_ table: Table, _ key: Row, _ columns: Row) {
    precondition(
      key.count == table.key.count && columns.count == table.columns.count,
      "a row of \(table.name) has its columns")
    let number = texts.upsert(table)
    guard openTransaction(), let statement = statement(number) else { return }
    recorder?.executed(number, key + columns)
    statement.bind(key)
    statement.bind(columns, from: Int32(key.count) + 1)
    guard statement.run() == SQLITE_OK else { return fail() }
    wrote = true
  }

  public func delete(_ table: Table, _ key: Row) {
    precondition(key.count == table.key.count, "a key of \(table.name) has its columns")
    let number = texts.delete(table)
    guard openTransaction(), let statement = statement(number), let connection else { return }
    recorder?.executed(number, key)
    statement.bind(key)
    guard statement.run() == SQLITE_OK else { return fail() }
    if connection.changes > 0 { wrote = true }
  }

  public func rows(
    _ table: Table, prefix: Row, from: Int64, limit: Int, backwards: Bool
  ) -> [Row] {
    precondition(prefix.count <= table.key.count, "a prefix of a key of \(table.name)")
    let number = texts.scan(table, prefix: prefix.count, backwards: backwards)
    guard limit > 0, let statement = statement(number) else { return [] }
    statement.bind(prefix)
    var place = Int32(prefix.count) + 1
    if prefix.count < table.key.count {
      statement.bind(from, at: place)
      place += 1
    }
    statement.bind(Int64(limit), at: place)
    recorder?.executed(
      number, prefix + (prefix.count < table.key.count ? [from] : []) + [Int64(limit)])
    let width = table.key.count + table.columns.count
    var result: [Row] = []
    var code = statement.step()
    while code == SQLITE_ROW {
      result.append(statement.integers(width))
      code = statement.step()
    }
    statement.reset()
    guard code == SQLITE_DONE else {
      fail()
      return []
    }
    return result
  }

  // MARK: Transactions

  public func begin() { inBatch = true }

  public func commit() -> Bool {
    inBatch = false
    guard let start = transactionStart else { return false }
    // A transaction that failed is over already, and one that only missed rows leaves nothing.
    guard failure == nil, let statement = statement(StatementTexts.commit) else { return false }
    recorder?.executed(StatementTexts.commit, [])
    guard statement.run() == SQLITE_OK else {
      fail()
      return false
    }
    transactionStart = nil
    guard wrote else { return false }
    wrote = false
    disk.mark(from: start)
    unsynced += 1
    if walPages.pointee > options.checkpointPages { checkpoint() }
    return true
  }

  public func synced() {
    recorder?.synced()
    // What failed must not become durable behind the store's back.
    if failure != nil { undoFailed() }
    disk.synced()
    unsynced = 0
    if transactionStart != nil { transactionStart = disk.position }
  }

  /// Opens SQLite's transaction unless it is open. False if there is no working database.
  @inline(__always) private func openTransaction() -> Bool {
    precondition(inBatch, "a write outside a transaction")
    guard failure == nil, transactionStart == nil else { return failure == nil }
    guard let statement = statement(StatementTexts.begin) else { return false }
    recorder?.executed(StatementTexts.begin, [])
    transactionStart = disk.position
    guard statement.run() == SQLITE_OK else {
      fail()
      return false
    }
    return true
  }

  /// Copies the write-ahead log into the database; the next commit then begins a new log.
  private func checkpoint() {
    guard let connection else { return }
    recorder?.checkpointed()
    let code = sqlite3_wal_checkpoint_v2(
      connection.handle, nil, SQLITE_CHECKPOINT_PASSIVE, nil, nil)
    if code != SQLITE_OK { fail() }
    walPages.pointee = 0
  }

  // MARK: Crash and recovery

  public func crash(surviving: Int, _ random: inout Random) {
    precondition((0...unsynced).contains(surviving), "\(surviving) of \(unsynced) commits survive")
    if failure != nil { undoFailed() }
    disk.crash(surviving: surviving, &random)
    close()
    unsynced = 0
    transactionStart = nil
    wrote = false
    inBatch = false
  }

  public func rot(_ random: inout Random) {
    precondition(connection == nil, "the database is open")
    disk.rot(&random)
  }

  public func replaceDisk() throws {
    precondition(connection == nil, "the database is open")
    failure = nil
    disk.erase()
    try provision()
  }

  public func reopen() throws {
    precondition(connection == nil, "the database is open")
    if let damage = disk.scrub() { throw DamagedDisk(damage) }
    failure = nil
    let connection = try open()
    // SQLite would go on in the recovered log behind the last whole transaction, under the same
    // salt. A transaction repeated byte for byte could then revive what an earlier crash left
    // behind it. So the log is copied and emptied first.
    try connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
  }

  /// Opens a connection to whatever the disk holds.
  private func open() throws -> Connection {
    let connection = try Connection(path: SimulatedVFS.path(number), vfs: SimulatedVFS.name)
    try connection.execute(Self.settings)
    walPages.pointee = 0
    sqlite3_wal_hook(
      connection.handle,
      { context, _, _, pages in
        context?.assumingMemoryBound(to: Int32.self).pointee = pages
        return SQLITE_OK
      }, walPages)
    self.connection = connection
    return connection
  }

  /// Lets go of the connection without a last word to the disk: neither checkpoint nor clean-up.
  private func close() {
    disk.detach()
    for place in statements.indices { statements[place] = nil }
    connection = nil
  }

  /// A commit whose sync failed may have written all its frames: none of them reach the disk.
  private func undoFailed() {
    if let transactionStart { disk.undo(downTo: transactionStart) }
    transactionStart = nil
  }

  /// The statement of a number, unless the database is closed or has failed.
  @inline(__always) private func statement(_ number: Int) -> Statement? {
    if failure != nil { return nil }
    return statements[number] ?? prepare(number)
  }

  @inline(never) private func prepare(_ number: Int) -> Statement? {
    guard let connection else { return nil }
    do {
      let statement = try connection.prepare(texts.texts[number])
      statements[number] = statement
      return statement
    } catch {
      fail()
      return nil
    }
  }

  /// Remembers the first failure and takes back the open transaction.
  private func fail() {
    guard let connection, failure == nil else { return }
    failure = connection.error().description
    if connection.inTransaction { try? connection.execute("ROLLBACK") }
  }
}

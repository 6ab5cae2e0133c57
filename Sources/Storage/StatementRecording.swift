// The SQL of a run, so that its cost can be told from ours: a recording is replayed through the
// plain C interface on the same kind of disk, and the difference is what the testbed adds.

import CSQLite
import Simulation

/// Hears every statement that a store runs.
public protocol StatementRecorder: AnyObject {
  /// What created the database, and the statements by number.
  func begin(setup: [String], statements: [String])
  /// A statement was run with these values bound.
  func executed(_ statement: Int, _ bindings: [Int64])
  /// The write-ahead log was copied into the database.
  func checkpointed()
  /// The disk completed a sync.
  func synced()
}

/// A recording in memory.
public final class StatementRecording: StatementRecorder {
  static let checkpoint = Int32(-1)
  static let sync = Int32(-2)

  private(set) var setup: [String] = []
  private(set) var statements: [String] = []
  /// What happened, in order: a statement's number, or one of the marks above.
  private(set) var steps: [Int32] = []
  /// The values of all statements, one after the other.
  private(set) var bindings: [Int64] = []

  public init() {}

  /// How many statements it holds.
  public var count: Int { steps.count { $0 >= 0 } }

  public func begin(setup: [String], statements: [String]) {
    self.setup = setup
    self.statements = statements
  }

  public func executed(_ statement: Int, _ bindings: [Int64]) {
    steps.append(Int32(statement))
    self.bindings.append(contentsOf: bindings)
  }

  public func checkpointed() { steps.append(Self.checkpoint) }
  public func synced() { steps.append(Self.sync) }
}

/// A recording made ready to run on a fresh database and disk. It must have been made from the
/// database's beginning and without a crash for its reads to find what they found.
public final class StatementReplay {
  /// Where the database is.
  public enum Medium: Sendable {
    case simulatedDisk
    /// SQLite's own `:memory:`, without log or sync: what the disk's promises cost.
    case memory
  }

  private let recording: StatementRecording
  private let disk = SimulatedDisk()
  private let number: Int
  private let connection: Connection
  private let handles: [Statement]
  /// How many values each statement binds.
  private let widths: [Int32]

  /// Creates the database and prepares every statement.
  public init(_ recording: StatementRecording, on medium: Medium = .simulatedDisk) throws {
    self.recording = recording
    let number = SimulatedVFS.add(disk)
    self.number = number
    do {
      connection =
        switch medium {
        case .simulatedDisk:
          try Connection(path: SimulatedVFS.path(number), vfs: SimulatedVFS.name)
        case .memory: try Connection(path: ":memory:")
        }
      try connection.execute(SQLiteStore.settings)
      for statement in recording.setup { try connection.execute(statement) }
      try connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
      handles = try recording.statements.map(connection.prepare)
      widths = handles.map { sqlite3_bind_parameter_count($0.handle) }
      disk.forget()
    } catch {
      SimulatedVFS.remove(number)
      throw error
    }
  }

  deinit {
    disk.detach()
    SimulatedVFS.remove(number)
  }

  /// Where a replay is in its recording.
  private struct Cursor {
    var step = 0
    var binding = 0
  }

  private var cursor = Cursor()

  /// Runs everything once and returns how many statements that was; or everything of another
  /// recording of the same store, that goes on where the ones already run end.
  @discardableResult
  public func run(_ continuation: StatementRecording? = nil) throws -> Int {
    let recording = continuation ?? self.recording
    var cursor = Cursor()
    try execute(recording, recording.steps.count, &cursor)
    return recording.count
  }

  /// Runs the next steps (statements, syncs, checkpoints) of its recording: for several databases
  /// whose statements were run in turns.
  public func advance(_ steps: Int) throws { try execute(recording, steps, &cursor) }

  private func execute(
    _ recording: StatementRecording, _ count: Int, _ cursor: inout Cursor
  ) throws {
    let failed: Int32 = recording.steps.withUnsafeBufferPointer { steps in
      recording.bindings.withUnsafeBufferPointer { bindings in
        var next = cursor.binding
        for place in cursor.step..<min(steps.count, cursor.step + count) {
          let step = steps[place]
          switch step {
          case StatementRecording.sync: disk.synced()
          case StatementRecording.checkpoint:
            sqlite3_wal_checkpoint_v2(connection.handle, nil, SQLITE_CHECKPOINT_PASSIVE, nil, nil)
          default:
            let handle = handles[Int(step)].handle
            for place in 0..<widths[Int(step)] {
              sqlite3_bind_int64(handle, place + 1, bindings[next])
              next += 1
            }
            let code = Self.drain(handle)
            if code != SQLITE_DONE { return code }
          }
        }
        cursor = Cursor(step: cursor.step + count, binding: next)
        return SQLITE_OK
      }
    }
    if failed != SQLITE_OK { throw connection.error() }
  }

  /// Reads every column of every row.
  private static func drain(_ handle: OpaquePointer) -> Int32 {
    let columns = sqlite3_column_count(handle)
    var sum: Int64 = 0
    var code = sqlite3_step(handle)
    while code == SQLITE_ROW {
      for column in 0..<columns { sum &+= sqlite3_column_int64(handle, column) }
      code = sqlite3_step(handle)
    }
    withExtendedLifetime(sum) {}
    sqlite3_reset(handle)
    return code
  }
}

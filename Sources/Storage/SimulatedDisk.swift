// A disk that can lose power: a few files in memory and a memory of what has not been synced.
//
// Reads see the newest bytes. Every change since the last completed sync also leaves its undo in an
// ordered log, with a barrier wherever the database called for a sync and a mark for every
// committed transaction. A completed sync forgets the log; a crash (DiskCrash.swift) goes back
// through it.
//
// The undo costs one copy of the overwritten bytes and nothing is allocated in the steady state:
// this sits under every commit of every region of every run. For the same reason its state goes
// without dynamic checks for overlapping access; nothing in here calls back.

import Simulation

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// The disk of one region.
public final class SimulatedDisk {
  /// The unit that reaches the disk whole, or in a prefix of its bytes if power fails meanwhile.
  public static let sectorSize = 512

  /// What the disk and its crashes did, so that a fault without effect can be told from one that
  /// had some. Counted by position alone, never by content.
  public struct Effects: Sendable, Hashable {
    /// Bytes the database wrote.
    public var bytesWritten = 0
    /// Syncs completed.
    public var syncs = 0
    /// Syncs that the disk acknowledged and did not do.
    public var syncsLost = 0
    /// Writes of which at least one sector did not survive a crash.
    public var writesLost = 0
    /// Bytes missing from writes that survived a crash only in part.
    public var bytesTorn = 0

    public init() {}
  }

  /// The files of a database, in the order in which the disk holds them.
  enum Role: UInt8 { case main, wal, journal }

  /// A span of the log that belongs to one transaction.
  struct Mark {
    var start: Int
    var end: Int
  }

  /// One step of the log. A write or a truncation can be undone from `oldSize` and `undoCount`
  /// bytes at `undo` in the arena.
  struct Operation {
    enum Kind: UInt8 { case write, truncate, barrier }
    var offset: Int
    var count: Int
    var oldSize: Int
    var undo: Int
    var undoCount: Int
    var role: Role
    var kind: Kind
  }

  // MARK: Faults

  /// The disk acknowledges syncs and keeps nothing: a lying write cache.
  @exclusivity(unchecked) public var losesSyncs = false
  /// After so many more writes the disk answers with an I/O error.
  @exclusivity(unchecked) public var remainingWrites = Int.max
  /// Every sync answers with an I/O error.
  @exclusivity(unchecked) public var failsSyncs = false
  /// The largest size of a file before the disk is full.
  @exclusivity(unchecked) public var capacity = Int.max

  // MARK: State

  @exclusivity(unchecked) public internal(set) var effects = Effects()
  let files = [DiskFile(), DiskFile(), DiskFile()]
  @exclusivity(unchecked) var operations: ContiguousArray<Operation> = []
  @exclusivity(unchecked) var marks: ContiguousArray<Mark> = []
  @exclusivity(unchecked)
  private var arena = UnsafeMutableRawPointer.allocate(byteCount: 1 << 14, alignment: 16)
  @exclusivity(unchecked) private var arenaCapacity = 1 << 14
  @exclusivity(unchecked) private var arenaCount = 0
  /// Handles opened under an older generation are dead: their machine has crashed.
  @exclusivity(unchecked) private(set) var generation = 0
  /// Once provisioned, no file may be created or deleted: so the log need not model directory
  /// entries.
  @exclusivity(unchecked) private(set) var sealed = false

  /// Of every sector, as they were when a machine went off whose disk then rotted.
  private var checksums: [UInt64]?

  public init() {}

  deinit { arena.deallocate() }

  /// The newest bytes of the database's main file.
  public var mainFile: [UInt8] {
    let file = self[.main]
    return Array(UnsafeRawBufferPointer(start: file.bytes, count: file.size))
  }

  subscript(role: Role) -> DiskFile { files[Int(role.rawValue)] }

  // MARK: What the database does

  func write(
    _ role: Role, _ file: DiskFile, from source: UnsafeRawPointer, _ count: Int, at offset: Int
  )
    -> Int32
  {
    guard remainingWrites > 0 else { return ResultCode.ioErrorWrite }
    guard offset + count <= capacity else { return ResultCode.full }
    if remainingWrites != .max { remainingWrites -= 1 }
    let oldSize = file.size
    let overlap = max(0, min(offset + count, oldSize) - offset)
    remember(.write, role, file, offset, count, overlap)
    file.reserve(offset + count)
    memcpy(file.bytes + offset, source, count)
    if offset + count > oldSize { file.size = offset + count }
    effects.bytesWritten += count
    return ResultCode.ok
  }

  func truncate(_ role: Role, _ file: DiskFile, to size: Int) -> Int32 {
    guard size < file.size else { return ResultCode.ok }
    guard remainingWrites > 0 else { return ResultCode.ioErrorTruncate }
    remember(.truncate, role, file, size, 0, file.size - size)
    file.shrink(to: size)
    return ResultCode.ok
  }

  /// The database wants everything before this to reach the disk before anything after it.
  func barrier() -> Int32 {
    if failsSyncs { return ResultCode.ioErrorSync }
    operations.append(
      Operation(
        offset: 0, count: 0, oldSize: 0, undo: 0, undoCount: 0, role: .main, kind: .barrier))
    return ResultCode.ok
  }

  // MARK: What the store does

  /// How many steps are not yet synced.
  var position: Int { operations.count }

  /// The steps since `start` are one committed transaction. It must have asked for a sync last: a
  /// completed sync could not vouch for what the database never asked to have synced.
  func mark(from start: Int) {
    precondition(
      operations.count == start || operations.last?.kind == .barrier, "a commit without a sync")
    marks.append(Mark(start: start, end: operations.count))
  }

  /// Everything up to now has reached the disk for good.
  func synced() {
    if losesSyncs {
      effects.syncsLost += 1
    } else {
      effects.syncs += 1
      forget()
    }
  }

  /// Makes the present content the only one.
  func forget() {
    operations.removeAll(keepingCapacity: true)
    marks.removeAll(keepingCapacity: true)
    arenaCount = 0
  }

  /// Everything is gone, as far as whoever opens files can tell.
  func erase() {
    for file in files {
      file.resize(to: 0)
      file.exists = false
    }
    checksums = nil
    forget()
    sealed = false
  }

  /// The database is provisioned: all of it is durable, and the rollback journal that SQLite used
  /// before its write-ahead log existed is gone.
  func seal() {
    self[.journal].resize(to: 0)
    self[.journal].exists = false
    forget()
    sealed = true
  }

  // MARK: Bit rot

  /// One bit of some file flips while the machine is off.
  func rot(_ random: inout Random) {
    if checksums == nil { checksums = sums }
    var place = random.below(files.reduce(0) { $0 + $1.size })
    for file in files {
      if place < file.size {
        let byte = file.bytes.load(fromByteOffset: place, as: UInt8.self)
        file.bytes.storeBytes(
          of: byte ^ 1 << UInt8(random.below(8)), toByteOffset: place, as: UInt8.self)
        return
      }
      place -= file.size
    }
  }

  /// Reads everything and compares checksums, as file systems that keep them do: what is wrong, if
  /// anything is.
  func scrub() -> String? {
    guard let checksums else { return nil }
    let bad = zip(checksums, sums).enumerated().filter { $1.0 != $1.1 }.map(\.offset)
    return bad.isEmpty
      ? nil : "bad checksum in sector \(bad.map(String.init).joined(separator: ", "))"
  }

  /// A checksum of each sector of each file: 64-bit FNV-1a.
  private var sums: [UInt64] {
    files.flatMap { file in
      stride(from: 0, to: file.size, by: Self.sectorSize).map { start in
        (start..<min(start + Self.sectorSize, file.size)).reduce(0xcbf2_9ce4_8422_2325) {
          ($0 ^ UInt64(file.bytes.load(fromByteOffset: $1, as: UInt8.self))) &* 0x100_0000_01b3
        }
      }
    }
  }

  func forgetEffects() { effects = Effects() }

  /// The machine stops: whoever holds a file open can no longer reach it.
  func detach() { generation += 1 }

  // MARK: Undo

  private func remember(
    _ kind: Operation.Kind, _ role: Role, _ file: DiskFile, _ offset: Int, _ count: Int,
    _ overlap: Int
  ) {
    operations.append(
      Operation(
        offset: offset, count: count, oldSize: file.size, undo: arenaCount, undoCount: overlap,
        role: role, kind: kind))
    guard overlap > 0 else { return }
    if arenaCount + overlap > arenaCapacity { growArena(to: arenaCount + overlap) }
    memcpy(arena + arenaCount, file.bytes + offset, overlap)
    arenaCount += overlap
  }

  private func growArena(to needed: Int) {
    let wider = max(needed, arenaCapacity * 2)
    let bytes = UnsafeMutableRawPointer.allocate(byteCount: wider, alignment: 16)
    memcpy(bytes, arena, arenaCount)
    arena.deallocate()
    arena = bytes
    arenaCapacity = wider
  }

  /// Takes back every step from the end of the log to `position`.
  func undo(downTo position: Int) {
    while operations.count > position {
      let step = operations.removeLast()
      guard step.kind != .barrier else { continue }
      let file = self[step.role]
      file.resize(to: step.oldSize)
      memcpy(file.bytes + step.offset, arena + step.undo, step.undoCount)
      arenaCount = step.undo
    }
  }
}

/// The newest bytes of one file; those past its size are zero.
final class DiskFile {
  @exclusivity(unchecked) private(set) var bytes: UnsafeMutableRawPointer
  @exclusivity(unchecked) var size = 0
  @exclusivity(unchecked) private var capacity: Int
  /// A name in the directory leads here.
  var exists = false

  init() {
    capacity = 1 << 12
    bytes = .allocate(byteCount: capacity, alignment: 16)
    memset(bytes, 0, capacity)
  }

  deinit { bytes.deallocate() }

  /// Makes room for `count` bytes, in whole sectors.
  @inline(__always) func reserve(_ count: Int) {
    if count > capacity { grow(to: count) }
  }

  func resize(to newSize: Int) {
    if newSize < size { shrink(to: newSize) }
    reserve(newSize)
    size = newSize
  }

  func shrink(to newSize: Int) {
    memset(bytes + newSize, 0, size - newSize)
    size = newSize
  }

  private func grow(to count: Int) {
    var wider = capacity * 2
    while wider < count { wider *= 2 }
    let copy = UnsafeMutableRawPointer.allocate(byteCount: wider, alignment: 16)
    memcpy(copy, bytes, capacity)
    memset(copy + capacity, 0, wider - capacity)
    bytes.deallocate()
    bytes = copy
    capacity = wider
  }
}

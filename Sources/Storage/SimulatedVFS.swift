// SQLite's view of a simulated disk: a virtual file system in Swift.
//
// It is registered once per process under one name. A database is called "<number>.db", and the
// number leads through a registry to the disk of its store, so that worlds on several threads share
// nothing else. The lock on the registry is taken when a file is opened, never when it is read.
//
// The file methods are of version 1, without shared memory: with `locking_mode=EXCLUSIVE` SQLite
// keeps the index of its write-ahead log on the heap. There is one connection per disk, so locks
// always succeed. Time stands still and chance is a counter: nothing of the machine leaks into a
// run.

import CSQLite
import Synchronization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// SQLite's result codes as the disk gives them; the compound ones are macros that Swift cannot
/// see.
enum ResultCode {
  static let ok = SQLITE_OK
  static let full = SQLITE_FULL
  static let ioError = SQLITE_IOERR
  static let ioErrorShortRead = SQLITE_IOERR | 2 << 8
  static let ioErrorWrite = SQLITE_IOERR | 3 << 8
  static let ioErrorSync = SQLITE_IOERR | 4 << 8
  static let ioErrorTruncate = SQLITE_IOERR | 6 << 8
}

/// The registration of the file system, and the names of its databases.
enum SimulatedVFS {
  static let name = "splitbrain"

  /// A disk as the registry holds it. The store that owns the disk removes it before it goes.
  private struct Reference: @unchecked Sendable {
    unowned(unsafe) let disk: SimulatedDisk
  }

  private struct Registry: Sendable {
    var next = 1
    var disks: [Int: Reference] = [:]
  }

  private static let registry = Mutex(Registry())

  /// Gives a disk a number that leads to it until it is removed.
  static func add(_ disk: SimulatedDisk) -> Int {
    let reference = Reference(disk: disk)
    return registry.withLock { registry in
      let number = registry.next
      registry.next += 1
      registry.disks[number] = reference
      return number
    }
  }

  static func remove(_ number: Int) {
    registry.withLock { registry in _ = registry.disks.removeValue(forKey: number) }
  }

  static func path(_ number: Int) -> String { "\(number).db" }

  /// The disk and the file that a name such as "12.db-wal" leads to.
  fileprivate static func resolve(
    _ name: UnsafePointer<CChar>?
  ) -> (disk: SimulatedDisk, role: SimulatedDisk.Role)? {
    guard let name else { return nil }
    var number = 0
    var place = 0
    while name[place] >= 48, name[place] <= 57 {
      number = number * 10 + Int(name[place] - 48)
      place += 1
    }
    let role: SimulatedDisk.Role
    switch strlen(name + place) {
    case 3: role = .main
    case 7: role = .wal
    case 11: role = .journal
    default: return nil
    }
    let found = number
    return registry.withLock { $0.disks[found] }.map { ($0.disk, role) }
  }

  /// Prepares SQLite for this process, once: no memory statistics, and this file system.
  static let ready: Bool = {
    _ = splitbrain_sqlite3_disable_memory_statistics()
    guard sqlite3_initialize() == SQLITE_OK else { return false }
    let vfs = UnsafeMutablePointer<sqlite3_vfs>.allocate(capacity: 1)
    vfs.initialize(to: makeVFS())
    return sqlite3_vfs_register(vfs, 0) == SQLITE_OK
  }()
}

/// An open file as SQLite holds it: its `sqlite3_file`, then ours.
private struct OpenFile {
  var base: sqlite3_file
  var disk: Unmanaged<SimulatedDisk>
  var file: Unmanaged<DiskFile>
  var generation: Int
  var role: SimulatedDisk.Role

  /// Runs the body on the file; a file whose machine has crashed answers with an I/O error.
  @inline(__always)
  static func with(
    _ pointer: UnsafeMutablePointer<sqlite3_file>?,
    _ body: (SimulatedDisk, DiskFile, SimulatedDisk.Role) -> Int32
  ) -> Int32 {
    guard let pointer else { return ResultCode.ioError }
    let open = UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: OpenFile.self)
    return open.pointee.disk._withUnsafeGuaranteedRef { disk in
      guard open.pointee.generation == disk.generation else { return ResultCode.ioError }
      return open.pointee.file._withUnsafeGuaranteedRef { body(disk, $0, open.pointee.role) }
    }
  }
}

/// The methods of every open file. SQLite only reads it.
nonisolated(unsafe) private let methods: UnsafeMutablePointer<sqlite3_io_methods> = {
  var table = sqlite3_io_methods()
  table.iVersion = 1
  table.xClose = { pointer in
    guard let pointer else { return ResultCode.ok }
    let open = UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: OpenFile.self)
    open.pointee.file.release()
    open.pointee.disk.release()
    return ResultCode.ok
  }
  table.xRead = { pointer, buffer, count, offset in
    OpenFile.with(pointer) { _, file, _ in
      guard let buffer else { return ResultCode.ioError }
      let present = max(0, min(Int(count), file.size - Int(offset)))
      memcpy(buffer, file.bytes + Int(offset), present)
      guard present < Int(count) else { return ResultCode.ok }
      memset(buffer + present, 0, Int(count) - present)
      return ResultCode.ioErrorShortRead
    }
  }
  table.xWrite = { pointer, buffer, count, offset in
    OpenFile.with(pointer) { disk, file, role in
      guard let buffer else { return ResultCode.ioError }
      return disk.write(role, file, from: buffer, Int(count), at: Int(offset))
    }
  }
  table.xTruncate = { pointer, size in
    OpenFile.with(pointer) { disk, file, role in disk.truncate(role, file, to: Int(size)) }
  }
  table.xSync = { pointer, _ in OpenFile.with(pointer) { disk, _, _ in disk.barrier() } }
  table.xFileSize = { pointer, size in
    OpenFile.with(pointer) { _, file, _ in
      size?.pointee = Int64(file.size)
      return ResultCode.ok
    }
  }
  // One connection a disk: a lock is always free. After a crash it is not, and that keeps the
  // closing connection from its last checkpoint and from deleting the log.
  table.xLock = { pointer, _ in OpenFile.with(pointer) { _, _, _ in ResultCode.ok } }
  table.xUnlock = { _, _ in ResultCode.ok }
  table.xCheckReservedLock = { _, held in
    held?.pointee = 0
    return ResultCode.ok
  }
  table.xFileControl = { _, _, _ in SQLITE_NOTFOUND }
  table.xSectorSize = { _ in Int32(SimulatedDisk.sectorSize) }
  // A write damages no byte beside its own, as on every disk that SQLite assumes by default.
  table.xDeviceCharacteristics = { _ in SQLITE_IOCAP_POWERSAFE_OVERWRITE }
  let pointer = UnsafeMutablePointer<sqlite3_io_methods>.allocate(capacity: 1)
  pointer.initialize(to: table)
  return pointer
}()

private func makeVFS() -> sqlite3_vfs {
  var vfs = sqlite3_vfs()
  vfs.iVersion = 2
  vfs.szOsFile = Int32(MemoryLayout<OpenFile>.stride)
  vfs.mxPathname = 64
  vfs.zName = UnsafePointer(strdup(SimulatedVFS.name))
  vfs.xOpen = { _, name, pointer, flags, outFlags in
    guard let pointer else { return SQLITE_CANTOPEN }
    // A file that could not be opened has no methods, and SQLite will not close it.
    pointer.pointee.pMethods = nil
    guard let (disk, role) = SimulatedVFS.resolve(name) else { return SQLITE_CANTOPEN }
    let file = disk[role]
    if !file.exists {
      guard flags & SQLITE_OPEN_CREATE != 0 else { return SQLITE_CANTOPEN }
      precondition(!disk.sealed, "a file is created after provisioning")
      file.exists = true
    }
    let open = OpenFile(
      base: sqlite3_file(pMethods: UnsafePointer(methods)), disk: Unmanaged.passRetained(disk),
      file: Unmanaged.passRetained(file), generation: disk.generation, role: role)
    UnsafeMutableRawPointer(pointer).initializeMemory(as: OpenFile.self, to: open)
    outFlags?.pointee = flags
    return ResultCode.ok
  }
  vfs.xDelete = { _, name, _ in
    guard let (disk, role) = SimulatedVFS.resolve(name) else { return ResultCode.ioError }
    precondition(!disk.sealed, "a file is deleted after provisioning")
    disk[role].shrink(to: 0)
    disk[role].exists = false
    return ResultCode.ok
  }
  vfs.xAccess = { _, name, _, result in
    result?.pointee = SimulatedVFS.resolve(name).map { $0.disk[$0.role].exists ? 1 : 0 } ?? 0
    return ResultCode.ok
  }
  vfs.xFullPathname = { _, name, count, out in
    guard let name, let out, strlen(name) < Int(count) else { return SQLITE_CANTOPEN }
    strcpy(out, name)
    return ResultCode.ok
  }
  vfs.xRandomness = { _, count, out in
    for place in 0..<Int(count) { out?[place] = CChar(truncatingIfNeeded: place &* 37 &+ 11) }
    return count
  }
  vfs.xSleep = { _, microseconds in microseconds }
  // The first of January 1970, always.
  vfs.xCurrentTime = { _, day in
    day?.pointee = 2_440_587.5
    return ResultCode.ok
  }
  vfs.xCurrentTimeInt64 = { _, milliseconds in
    milliseconds?.pointee = 210_866_760_000_000
    return ResultCode.ok
  }
  vfs.xGetLastError = { _, _, _ in 0 }
  return vfs
}

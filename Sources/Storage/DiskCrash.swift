// What is on the disk after the power fails.
//
// The log of unsynced steps is cut into epochs by the database's barriers. The machine stops in
// some epoch: all before it is on the disk, and of its own sectors any subset is, one perhaps half
// written. SQLite's promise is that recovery then finds a whole number of transactions; ours, to
// the world, is which number: exactly `surviving`. So the epoch is drawn from those after the last
// surviving commit and before the end of the next, and if it is the one that writes the next
// commit's last frames, at least one sector that recovery needs stays as it was.
//
// Sectors of still later commits may have reached the disk as well, as long as they only append to
// the write-ahead log: a frame's checksum continues that of the frame before it, so recovery stops
// at the sector that is missing and never reads on. They could come back if the same transaction
// were written to the same place again, byte for byte; therefore `SQLiteStore.reopen` starts a new
// log with a new salt.
//
// All draws come from one number of the caller's stream, and are about positions, because the
// content holds salts that differ from process to process.

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

import Simulation

extension SimulatedDisk {
  /// Leaves on the disk the first `surviving` marked transactions and some debris of what followed.
  func crash(surviving: Int, _ random: inout Random) {
    var draws = Random(seed: random.next())
    detach()
    let survivors = min(surviving, marks.count)
    let start = survivors == 0 ? 0 : marks[survivors - 1].end
    let next = survivors < marks.count ? marks[survivors] : nil
    let epochs = epochs(in: start..<(next?.end ?? operations.count))
    defer { forget() }
    // Half of the crashes hit the last epoch: the one that decides the next commit.
    let choice =
      epochs.isEmpty || draws.below(2) == 0 ? epochs.count - 1 : draws.below(epochs.count)
    guard choice >= 0 else { return lose(from: start) }

    let epoch = epochs[choice]
    // A commit that changed no page wrote nothing: then the last epoch is not its own.
    let commit = next.map { max($0.start, epoch.lowerBound)..<$0.end } ?? 0..<0
    let writes =
      choice == epochs.count - 1
      ? commit.map { operations[$0] }.filter { $0.kind == .write } : []
    let decides = !writes.isEmpty
    let end = decides && draws.below(2) == 0 ? laterAppend(after: epoch.upperBound, &draws) : nil
    lose(from: end ?? epoch.upperBound)
    var debris = Debris(self, from: epoch.lowerBound)
    debris.draw(&draws)
    debris.lose(oneOf: writes, &draws)
    debris.count(self, from: epoch.lowerBound)
    undo(downTo: epoch.lowerBound)
    debris.confirmLoss(of: writes, self)
    debris.settle(self)
  }

  /// The spans between barriers that change anything.
  private func epochs(in window: Range<Int>) -> [Range<Int>] {
    var result: [Range<Int>] = []
    var start = window.lowerBound
    var changes = false
    for place in window {
      if operations[place].kind != .barrier {
        changes = true
      } else {
        if changes { result.append(start..<place) }
        start = place + 1
        changes = false
      }
    }
    if changes { result.append(start..<window.upperBound) }
    return result
  }

  /// A step between `position` and the first after it that does not append to the log.
  private func laterAppend(after position: Int, _ draws: inout Random) -> Int {
    var end = position
    while end < operations.count {
      let step = operations[end]
      guard step.kind == .barrier || (step.kind == .write && step.role == .wal && step.offset > 0)
      else { break }
      end += 1
    }
    return position + draws.below(end - position + 1)
  }

  /// Takes back steps of which nothing has reached the disk.
  private func lose(from position: Int) {
    for step in operations[position...] where step.kind == .write { effects.writesLost += 1 }
    undo(downTo: position)
  }
}

/// The sectors that were being written when the machine stopped.
private struct Debris {
  /// How many bytes of each sector arrive: none, all, or a prefix.
  private struct Sector {
    let role: SimulatedDisk.Role
    let start: Int
    var arrived: Int
  }
  private static let size = SimulatedDisk.sectorSize

  private var sectors: [Sector] = []
  /// What the sectors would hold, one after the other, and the sizes the files would have.
  private var intended: [UInt8] = []
  private let intendedSizes: [Int]
  private var truncates = false

  /// The sectors that the steps from `position` to the end of the log change.
  init(_ disk: SimulatedDisk, from position: Int) {
    var places: [Int] = []
    for step in disk.operations[position...] where step.kind == .write {
      for sector in Self.sectors(of: step) { places.append(Int(step.role.rawValue) << 48 | sector) }
    }
    places.sort()
    intendedSizes = disk.files.map(\.size)
    var last = -1
    for place in places where place != last {
      last = place
      guard let role = SimulatedDisk.Role(rawValue: UInt8(place >> 48)) else { continue }
      let start = (place & (1 << 48 - 1)) * Self.size
      sectors.append(Sector(role: role, start: start, arrived: 0))
      disk[role].reserve(start + Self.size)
      intended.append(
        contentsOf: UnsafeRawBufferPointer(start: disk[role].bytes + start, count: Self.size))
    }
  }

  /// Decides what arrives: nothing, everything, a beginning, or any subset; and perhaps tears one.
  mutating func draw(_ draws: inout Random) {
    truncates = draws.below(2) == 0
    guard !sectors.isEmpty else { return }
    let manner = draws.below(6)
    let beginning = draws.below(sectors.count + 1)
    for place in sectors.indices {
      let arrives =
        switch manner {
        case 0: false
        case 1: true
        case 2: place < beginning
        default: draws.below(2) == 0
        }
      sectors[place].arrived = arrives ? Self.size : 0
    }
    if draws.below(3) == 0 {
      sectors[draws.below(sectors.count)].arrived = 1 + draws.below(Self.size - 1)
    }
  }

  /// Keeps one sector of these writes from the disk.
  mutating func lose(oneOf writes: [SimulatedDisk.Operation], _ draws: inout Random) {
    let own = places(of: writes)
    if !own.isEmpty { sectors[own[draws.below(own.count)]].arrived = 0 }
  }

  /// Sees to it that a sector is missing whose bytes the disk did not hold already: debris of an
  /// earlier crash may look the same, and so may a hole. The disk is in the state before the
  /// writes.
  mutating func confirmLoss(of writes: [SimulatedDisk.Operation], _ disk: SimulatedDisk) {
    guard !writes.isEmpty else { return }
    var differing: Int?
    for step in writes {
      for number in Self.sectors(of: step) {
        guard let place = find(step.role, number * Self.size) else { continue }
        guard changes(place, step, disk) else { continue }
        if sectors[place].arrived == 0 { return }
        if differing == nil { differing = place }
      }
    }
    guard let differing else {
      preconditionFailure("a commit that is not synced was on the disk already")
    }
    sectors[differing].arrived = 0
  }

  /// Adds to the disk's effects what the steps from `position` lose.
  func count(_ disk: SimulatedDisk, from position: Int) {
    for step in disk.operations[position...] where step.kind == .write {
      var missing = 0
      for number in Self.sectors(of: step) {
        guard let place = find(step.role, number * Self.size) else { continue }
        let sector = sectors[place]
        let from = max(step.offset, sector.start + sector.arrived)
        missing += max(0, min(step.offset + step.count, sector.start + Self.size) - from)
      }
      if missing > 0 { disk.effects.writesLost += 1 }
      if missing > 0, missing < step.count { disk.effects.bytesTorn += missing }
    }
  }

  /// Writes what arrives over the state before the steps.
  func settle(_ disk: SimulatedDisk) {
    for (number, size) in intendedSizes.enumerated()
    where truncates && size < disk.files[number].size {
      disk.files[number].shrink(to: size)
    }
    intended.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress else { return }
      for (place, sector) in sectors.enumerated() where sector.arrived > 0 {
        let file = disk[sector.role]
        let end = min(sector.start + sector.arrived, intendedSizes[Int(sector.role.rawValue)])
        guard end > sector.start else { continue }
        file.resize(to: max(file.size, end))
        memcpy(file.bytes + sector.start, base + place * Self.size, end - sector.start)
      }
    }
  }

  /// Whether the disk lacks bytes that the step wrote to the sector. Past the end of a file it has
  /// zeros: if a later sector arrives, a sector of zeros is there without having been written.
  private func changes(
    _ place: Int, _ step: SimulatedDisk.Operation, _ disk: SimulatedDisk
  ) -> Bool {
    let start = sectors[place].start
    let from = max(step.offset, start)
    let end = min(step.offset + step.count, start + Self.size)
    return intended.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress else { return false }
      let new = base + place * Self.size + from - start
      return memcmp(new, disk[step.role].bytes + from, end - from) != 0
    }
  }

  private func places(of writes: [SimulatedDisk.Operation]) -> [Int] {
    var result: [Int] = []
    for step in writes {
      for number in Self.sectors(of: step) {
        if let place = find(step.role, number * Self.size), result.last != place {
          result.append(place)
        }
      }
    }
    return result
  }

  private func find(_ role: SimulatedDisk.Role, _ start: Int) -> Int? {
    var low = 0
    var high = sectors.count
    while low < high {
      let middle = (low + high) / 2
      let sector = sectors[middle]
      if (sector.role.rawValue, sector.start) < (role.rawValue, start) {
        low = middle + 1
      } else {
        high = middle
      }
    }
    return low < sectors.count ? low : nil
  }

  private static func sectors(of step: SimulatedDisk.Operation) -> ClosedRange<Int> {
    step.offset / size...(step.offset + max(1, step.count) - 1) / size
  }
}

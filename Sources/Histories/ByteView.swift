// The bytes of a file, borrowed: an array's or a mapped file's. A history of a gigabyte is read where it
// lies, and what has been read is given back to the system, so that reading it costs the columns it
// becomes and no copy of the file.

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Bytes that somebody else owns. Every access is checked, in optimized builds too.
struct ByteView {
  private let base: UnsafeBufferPointer<UInt8>
  private let isMapped: Bool

  /// Valid as long as the buffer is.
  init(_ base: UnsafeBufferPointer<UInt8>, isMapped: Bool = false) {
    self.base = base
    self.isMapped = isMapped
  }

  var count: Int { base.count }

  @inline(__always)
  subscript(place: Int) -> UInt8 {
    precondition(place >= 0 && place < base.count)
    return base[place]
  }

  /// Part of the bytes, as a collection.
  subscript(range: Range<Int>) -> Slice<UnsafeBufferPointer<UInt8>> {
    precondition(range.lowerBound >= 0 && range.upperBound <= base.count)
    return base[range]
  }

  /// Part of the bytes as text; what is not UTF-8 is replaced.
  func text(_ range: Range<Int>) -> String {
    precondition(range.lowerBound >= 0 && range.upperBound <= base.count)
    return String(decoding: UnsafeBufferPointer(rebasing: base[range]), as: UTF8.self)
  }

  /// How many line ends there are in part of the bytes.
  func lineEnds(_ range: Range<Int>) -> Int {
    self[range].reduce(0) { $0 + ($1 == 0x0A ? 1 : 0) }
  }

  /// Tells that a part has been read. It may be read again, but need not stay in memory.
  func release(_ range: Range<Int>) {
    guard isMapped, let start = base.baseAddress, range.upperBound <= base.count else { return }
    let page = Int(getpagesize())
    let first = (range.lowerBound + page - 1) / page * page
    let last = range.upperBound / page * page
    guard first < last else { return }
    _ = madvise(UnsafeMutableRawPointer(mutating: start + first), last - first, MADV_DONTNEED)
  }
}

extension Array<UInt8> {
  /// Calls `body` with the bytes of this array.
  func withView<Result>(_ body: (ByteView) throws -> Result) rethrows -> Result {
    try withUnsafeBufferPointer { try body(ByteView($0)) }
  }
}

/// A file's bytes, mapped into memory; what cannot be mapped, such as a pipe, is read into it.
enum FileBytes {
  /// Calls `body` with the bytes of a file; nil if it cannot be read.
  static func with<Result>(_ path: String, _ body: (ByteView) throws -> Result) rethrows -> Result?
  {
    let file = open(path, O_RDONLY)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0 else { return nil }
    let size = Int(status.st_size)
    guard status.st_mode & S_IFMT == S_IFREG, size > 0 else {
      return try contents(file).map { try $0.withView(body) }
    }
    guard let start = mmap(nil, size, PROT_READ, MAP_PRIVATE, file, 0), start != MAP_FAILED else {
      return try contents(file).map { try $0.withView(body) }
    }
    defer { munmap(start, size) }
    let bytes = UnsafeRawBufferPointer(start: start, count: size).bindMemory(to: UInt8.self)
    return try body(ByteView(bytes, isMapped: true))
  }

  private static func contents(_ file: Int32) -> [UInt8]? {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let length = read(file, &buffer, buffer.count)
      if length == 0 { return bytes }
      guard length > 0 else { return nil }
      bytes += buffer[..<length]
    }
  }
}

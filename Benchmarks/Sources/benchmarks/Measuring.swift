// CPU time, numbers for people, and a check that stops the benchmark when a result is wrong.

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// CPU seconds of this process so far.
func cpuSeconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// CPU seconds that a body takes.
func timed(_ body: () throws -> Void) rethrows -> Double {
  let before = cpuSeconds()
  try body()
  return cpuSeconds() - before
}

/// The fastest of several measurements of the same things: the rest is noise of the machine.
struct Fastest {
  private(set) var seconds: [Double] = []

  mutating func add(_ measured: [Double]) {
    seconds = seconds.isEmpty ? measured : zip(seconds, measured).map { min($0, $1) }
  }
}

func fixed(_ value: Double, _ digits: Int) -> String {
  var scale = 1.0
  for _ in 0..<digits { scale *= 10 }
  let rounded = Int64((value * scale).rounded())
  let fraction = String(abs(rounded) % Int64(scale))
  let whole = rounded / Int64(scale)
  return digits == 0
    ? String(whole)
    : "\(whole)." + String(repeating: "0", count: digits - fraction.count) + fraction
}

func expect<Number: Equatable>(_ found: Number, _ expected: Number, _ what: String) {
  if found == expected {
    print("  check: \(what) = \(found)")
  } else {
    print("  WRONG: \(what) = \(found), expected \(expected)")
    exit(1)
  }
}

// Many runs on all cores. A world shares nothing with another, so what comes out does not depend on
// how many threads there are; results are handed over in the order of the jobs.

import Foundation
import Synchronization

/// One run to do.
public struct Job: Sendable {
  public let scenario: Scenario
  public let seed: UInt64
  public init(scenario: Scenario, seed: UInt64) {
    self.scenario = scenario
    self.seed = seed
  }
}

/// Carries out jobs on several threads.
public final class Sweep: Sendable {
  private struct State: Sendable {
    var next = 0
    var finished: [Int: Result<Outturn, any Error>] = [:]
    var delivered = 0
    var working = 0
  }

  private let jobs: [Job]
  private let options: RunOptions
  private let state = Mutex(State())
  private let isStopped = Atomic(false)

  public init(_ jobs: [Job], _ options: RunOptions) {
    self.jobs = jobs
    self.options = options
  }

  /// Runs all jobs on so many threads; calls `each` on the calling thread, in the order of the jobs.
  /// Returns when all are delivered, or soon after `isInterrupted` says so: then with what is done.
  public func run(
    threads: Int, isInterrupted: () -> Bool,
    each: (Job, Result<Outturn, any Error>) throws -> Void
  ) rethrows {
    for _ in 0..<max(1, min(threads, jobs.count)) {
      let thread = Thread { self.work() }
      thread.stackSize = 16 << 20
      thread.start()
    }
    while true {
      if isInterrupted() {
        isStopped.store(true, ordering: .relaxed)
        return
      }
      let ready = state.withLock { state in
        let result = state.finished.removeValue(forKey: state.delivered)
        if result != nil { state.delivered += 1 }
        return result.map { (state.delivered - 1, $0) }
      }
      if let (place, result) = ready {
        try each(jobs[place], result)
        if place == jobs.count - 1 { return }
      } else if jobs.isEmpty {
        return
      } else {
        usleep(500)
      }
    }
  }

  private func work() {
    while !isStopped.load(ordering: .relaxed) {
      // Do not run far ahead of the reader: histories are large.
      let place = state.withLock { state -> Int? in
        guard state.next < jobs.count else { return nil }
        guard state.next - state.delivered < 64 else { return -1 }
        state.next += 1
        return state.next - 1
      }
      guard let place else { return }
      guard place >= 0 else {
        usleep(1_000)
        continue
      }
      let job = jobs[place]
      let result = Result {
        try Runner.run(job.scenario, seed: job.seed, options, wallClock: Sweep.wallClock)
      }
      state.withLock { $0.finished[place] = result }
    }
  }

  /// Seconds of a clock that only goes forward: for reports on speed, never for a run.
  public static func wallClock() -> Double { ProcessInfo.processInfo.systemUptime }
}

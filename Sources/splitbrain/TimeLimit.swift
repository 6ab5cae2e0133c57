// A limit on real time, for people who wait. Checkers ask for it now and then and tell what they have proven
// so far. Some steps of some checkers on big histories are long: if none has answered when a tenth more
// than the limit has passed, the answer is given in its place: unknown.

import Foundation
import Splitbrain
import Synchronization

struct TimeLimit: Sendable {
  private let end: Double
  private let last: Double
  private static let hasSpoken = Mutex(false)
  private static let lastWord = Mutex<(@Sendable () -> Void)?>(nil)

  /// A limit that begins now.
  init(seconds: Double) {
    let now = Sweep.wallClock()
    end = now + seconds
    last = now + 1.1 * seconds
  }

  /// For a budget.
  var deadline: @Sendable () -> Bool {
    let end = end
    return { Sweep.wallClock() > end }
  }

  /// Says something and ends the process with the status of unknown if nobody speaks in time. Said again, with
  /// more that is known, it takes the place of what was to be said before.
  func enforce(_ say: @escaping @Sendable () -> Void) {
    let isFirst = TimeLimit.lastWord.withLock { word in
      defer { word = say }
      return word == nil
    }
    guard isFirst else { return }
    let last = last
    let thread = Thread {
      Thread.sleep(forTimeInterval: max(0, last - Sweep.wallClock()))
      TimeLimit.speakOnce {
        TimeLimit.lastWord.withLock { $0 }?()
        _exit(Status.unknown.rawValue)
      }
    }
    thread.start()
  }

  /// Says something unless the other thread did, in which case the process is about to end.
  static func speakOnce(_ say: () -> Void) {
    hasSpoken.withLock { hasSpoken in
      if !hasSpoken { say() }
      hasSpoken = true
    }
  }
}

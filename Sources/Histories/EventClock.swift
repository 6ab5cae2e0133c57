// When an event happened. The order of Jepsen's events is the order in which things happened, and Elle and
// Knossos go by it alone; times tell how long things took, and may be too coarse to tell the order.

/// Gives the events of a file times that keep their order.
struct EventClock {
  private var last = Int64.min
  /// The latest completion; no process if several ended at that time.
  private var ended: (time: Int64, process: Int32?) = (.min, nil)

  /// The event's own time, or one tick after another process's completion that comes before this
  /// invocation in the file and has the same time.
  mutating func time(of event: HistoryEvent, at time: Int64) -> Int64 {
    last = max(last, time)
    if event.completion != nil {
      let isAlone = last > ended.time || ended.process == event.process
      ended = (last, isAlone ? event.process : nil)
    } else if last == ended.time, ended.process != event.process, last < .max {
      last += 1
    }
    return last
  }
}

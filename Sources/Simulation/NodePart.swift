// A replica that is made of several: each part is a replica of its own, with a store and messages of
// its own, on the same machine. It has a node that borrows the machine's time, and whose effects
// become effects of the whole: so one consensus can be written once and run many times in a region.

import Histories

extension Node {
  /// A node for a part of this replica.
  public func part<Inner: Payload>(on store: any Store, _ random: Random) -> Node<Inner> {
    var part = Node<Inner>(
      region: region, topology: topology, store: store, random: random, clock: clock)
    part.disksReplaced = disksReplaced
    return part
  }

  /// Gives a part this machine's time: before the part is given an input.
  public func lendTime<Inner>(to part: inout Node<Inner>) {
    part.trueNow = trueNow
    part.clock = clock
  }

  /// Takes over what a part wants done: after the part has taken an input.
  ///
  /// - Parameters:
  ///   - wrap: The part's message as one of the whole.
  ///   - name: The whole's name of a timer of the part.
  public mutating func adopt<Inner>(
    _ part: inout Node<Inner>, wrap: (Inner) -> Message, name: (TimerID) -> TimerID
  ) {
    for outgoing in part.outgoing {
      self.outgoing.append(Outgoing(wrap(outgoing.message), outgoing.to))
    }
    for timer in part.timers { timers.append((name(timer.timer), timer.after)) }
    replies += part.replies
    for place in tallies.indices { tallies[place] += part.tallies[place] }
    clockReadings += part.clockReadings
    clockError = max(clockError, part.clockError)
    part.outgoing.removeAll(keepingCapacity: true)
    part.timers.removeAll(keepingCapacity: true)
    part.replies.removeAll(keepingCapacity: true)
    for place in part.tallies.indices { part.tallies[place] = 0 }
    part.clockReadings = 0
  }
}

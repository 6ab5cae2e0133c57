// A list worked off by several threads, in order.

import Foundation

/// What `body` makes of each element.
func inParallel<Element: Sendable, Result: Sendable>(
  _ jobs: Int, _ elements: [Element], _ body: @Sendable (Element) throws -> Result
) throws -> [Result] {
  let lock = NSLock()
  nonisolated(unsafe) var next = 0
  nonisolated(unsafe) var results = [Result?](repeating: nil, count: elements.count)
  nonisolated(unsafe) var failure: (any Error)?
  DispatchQueue.concurrentPerform(iterations: jobs) { _ in
    while true {
      let place = lock.withLock {
        defer { next += 1 }
        return failure == nil ? next : elements.count
      }
      guard place < elements.count else { return }
      do {
        let result = try body(elements[place])
        lock.withLock { results[place] = result }
      } catch {
        lock.withLock { failure = error }
      }
    }
  }
  if let failure { throw failure }
  return results.compactMap { $0 }
}

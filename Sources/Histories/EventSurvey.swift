// What has to be known of a whole file before its first event can be understood: whether its values are
// pairs of key and value, whether its times can be trusted, what `add` means. The events are read twice,
// once for this; they are never kept.

/// What the events of a history have in common.
struct EventSurvey {
  /// How many events, and how many of them are invocations. Without any, as in the unit tests of
  /// checkers, all operations are concurrent.
  private(set) var events = 0
  private(set) var invocations = 0
  /// Whether a read returned a collection; whether one returned a pair with a collection.
  private var hasPlainCollections = false
  private var hasKeyedCollections = false
  private var canBeIndependent = true
  /// Whether a read that returned was no pair.
  private var hasBareReads = false
  private var judged = 0
  private var isOrdered = true
  private var differs = false
  private var firstTime: Int64?
  private var lastTime = Int64.min

  init(_ source: some EventSource) throws {
    var source = source
    while let event = try source.next() { add(event) }
  }

  /// Whether every value is a pair of a key and the value proper, as `jepsen.independent` makes them.
  var isIndependent: Bool { canBeIndependent && judged > 0 && (!hasBareReads || invocations > 0) }

  /// Whether reads were asked with a key, [key nil], and answered without, as some of elle-cli's are: an answer
  /// belongs to the key of its invocation, even if it has two elements.
  var areAnswersBare: Bool { isIndependent && hasBareReads }

  /// Whether a read returned a collection, beside its key, so that `add` inserts into a set.
  var hasCollections: Bool {
    isIndependent && !areAnswersBare ? hasKeyedCollections : hasPlainCollections
  }

  /// Whether every event has a time and times never go back. Times that are all the same say nothing.
  var usesTimes: Bool { isOrdered && (differs || events < 2) }

  private mutating func add(_ event: HistoryEvent) {
    if event.completion == nil { invocations += 1 }
    if event.function == .read, event.completion == .ok, let members = event.value.members {
      hasPlainCollections = true
      if members.count == 2, members[1].members != nil { hasKeyedCollections = true }
    }
    switch event.function {
    case .transaction, .transfer, .append: break
    default:
      judged += 1
      guard !EventSurvey.isPair(event) else { break }
      if event.function == .read, event.completion == .ok {
        hasBareReads = true
      } else {
        canBeIndependent = false
      }
    }
    if let time = event.time, time >= lastTime {
      lastTime = time
      if events == 0 { firstTime = time }
      if time != firstTime { differs = true }
    } else {
      isOrdered = false
    }
    events += 1
  }

  private static func isPair(_ event: HistoryEvent) -> Bool {
    guard let pair = event.value.elements, pair.count == 2 else { return false }
    return event.function != .compareAndSet || pair[1].elements?.count == 2
  }
}

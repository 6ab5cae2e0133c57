// Linearizability of small histories of any object by trying every order of every choice of operations, none
// twice, with interpreters of their own; and random histories, mostly made by running the object.

import Checking

@testable import Histories

enum ModelKind: String, CaseIterable {
  case mutex, ownedMutex, reentrantMutex, semaphore, fifo, bag, set, counter, registers, text

  var isLock: Bool {
    switch self {
    case .mutex, .ownedMutex, .reentrantMutex, .semaphore: true
    default: false
    }
  }
}

extension ModelKind {
  var checker: String {
    switch self {
    case .mutex, .fifo, .registers, .text: "linearizable"
    case .ownedMutex: "owner-aware-mutex"
    case .reentrantMutex: "reentrant-mutex"
    case .semaphore: "acquired-permits"
    case .bag: "linearizable-queue"
    case .set: "linearizable-set"
    case .counter: "linearizable-counter"
    }
  }

  var facts: Facts { Facts(initial: self == .registers ? 0 : nil) }
}

enum ModelMutant: CaseIterable {
  case ignoresRealTime, ignoresProcessOrder, unknownNeverHappens, failedMayHappen
}

/// Objects that are not quite right: the answers that they may give and the checkers must not accept.
enum ModelTwist: CaseIterable {
  case dequeuesInAnyOrder, emptyAnytime, takesTwice, setReadsMayMiss, counterReadsMayLag
  case getsMayMissTheEnd, appendsReplace

  var kinds: [ModelKind] {
    switch self {
    case .dequeuesInAnyOrder: [.fifo]
    case .emptyAnytime, .takesTwice: [.fifo, .bag]
    case .setReadsMayMiss: [.set]
    case .counterReadsMayLag: [.counter]
    case .getsMayMissTheEnd, .appendsReplace: [.text]
    }
  }
}

/// One operation; `list` and `steps` as the object has them.
struct ModelOperation {
  var process: Int32
  var function: Function
  var value: Int64 = 0
  var list: [Int64]?
  var steps: [Step] = []
  var completion: Completion = .ok
  /// Who owns a lock that it acquires or releases, if it is not its process.
  var client: Int64?
  var call: Int64
  var end: Int64

  var owner: Int64 { client ?? Int64(process) }
}

struct BruteModel {
  var kind: ModelKind
  var operations: [ModelOperation]
  var mutant: ModelMutant?
  var twist: ModelTwist?

  func holds() -> Bool {
    let relevant = operations.filter { $0.completion != .fail || mutant == .failedMayHappen }
      .filter { $0.completion != .info || mutant != .unknownNeverHappens }
    func bits(_ isMember: (Int) -> Bool) -> Int {
      relevant.indices.reduce(0) { isMember($1) ? $0 | 1 << $1 : $0 }
    }
    let required = bits { relevant[$0].completion == .ok }
    let earlier = relevant.indices.map { next in
      bits { $0 != next && relevant[$0].completion == .ok && precedes(relevant, $0, next) }
    }
    var seen: Set<[Int64]> = []
    func place(_ placed: Int, _ state: [Int64]) -> Bool {
      if placed & required == required { return true }
      // What was tried before did not lead to an order, or we would not be here.
      guard seen.insert([Int64(placed)] + state).inserted else { return false }
      for next in relevant.indices
      where placed >> next & 1 == 0 && placed & earlier[next] == earlier[next] {
        for after in results(relevant[next], state) where place(placed | 1 << next, after) {
          return true
        }
      }
      return false
    }
    return place(0, [])
  }

  /// By real time, or as one process did them.
  private func precedes(_ all: [ModelOperation], _ first: Int, _ second: Int) -> Bool {
    guard mutant != .ignoresRealTime else { return false }
    let isSameProcess = all[first].process == all[second].process && mutant != .ignoresProcessOrder
    return all[first].end < all[second].call || isSameProcess && first < second
  }

  /// The states after an operation.
  func results(_ operation: ModelOperation, _ state: [Int64]) -> [[Int64]] {
    let isKnown = operation.completion == .ok
    switch (kind, operation.function) {
    case (.mutex, .acquire): return state.isEmpty ? [[0]] : []
    case (.mutex, _): return state.isEmpty ? [] : [[]]
    case (.ownedMutex, .acquire): return state.isEmpty ? [[operation.owner]] : []
    case (.reentrantMutex, .acquire):
      return state.allSatisfy { $0 == operation.owner } ? [state + [operation.owner]] : []
    case (.semaphore, .acquire): return state.count < 2 ? [state + [operation.owner]] : []
    case (.ownedMutex, _), (.reentrantMutex, _), (.semaphore, _):
      guard let place = state.firstIndex(of: operation.owner) else { return [] }
      return [state.enumerated().filter { $0.offset != place }.map(\.element)]
    case (.fifo, .enqueue), (.bag, .enqueue): return [state + [operation.value]]
    case (.fifo, _), (.bag, _):
      let isOrdered = kind == .fifo && twist != .dequeuesInAnyOrder
      let places = isOrdered ? Array(state.indices.prefix(1)) : Array(state.indices)
      let taken = places.filter { !isKnown || operation.list == [state[$0]] }
      let rests = taken.map { place in
        state.enumerated().filter { $0.offset != place || twist == .takesTwice }.map(\.element)
      }
      let isEmpty = state.isEmpty || twist == .emptyAnytime
      return rests + (isKnown && operation.list == [] && isEmpty ? [state] : [])
    case (.set, .insert): return [(state.filter { $0 != operation.value } + [operation.value])]
    case (.set, .remove): return [state.filter { $0 != operation.value }]
    case (.set, _):
      let misses = twist == .setReadsMayMiss && Set(operation.list ?? []).isSubset(of: state)
      return !isKnown || misses || operation.list?.sorted() == state.sorted() ? [state] : []
    case (.counter, .increment): return [[(state.first ?? 0) + operation.value]]
    case (.counter, _):
      let count = state.first ?? 0
      let lags = twist == .counterReadsMayLag && operation.value < count
      return !isKnown || lags || operation.value == count ? [state] : []
    case (.text, .append) where twist == .appendsReplace: return [[operation.value]]
    case (.text, .read) where twist == .getsMayMissTheEnd && isKnown:
      return state.starts(with: operation.list ?? []) ? [state] : []
    case (.text, .append): return [state + [operation.value]]
    case (.text, .write): return [[operation.value]]
    case (.text, _): return !isKnown || operation.list == state ? [state] : []
    case (.registers, _):
      var now = state
      while now.count < 3 { now.append(0) }
      for step in operation.steps {
        if step.function == .write { now[Int(step.key)] = step.value }
        if step.function == .read, isKnown, now[Int(step.key)] != step.value { return [] }
      }
      return [now]
    }
  }
}

/// Random operations on one object.
struct RandomModels {
  var generator: SmallGenerator

  mutating func next(_ kind: ModelKind) -> BruteModel {
    let count = 2 + generator.below(7)
    var clocks = [Int64](repeating: 0, count: 4)
    var operations: [ModelOperation] = []
    var names: [Int32] = [0, 1, 2]
    var holder = -1
    // Sets that only grow and counters with one amount are judged without search.
    let isSimple = generator.chance(50)
    // How often a process goes on at the instant at which it heard, and answers come at once.
    let tightness = generator.pick([0, 50, 90])
    let isOrderly = kind.isLock && generator.chance(75)
    let namesClients = kind.isLock && generator.chance(40)
    let isUnique = generator.chance(65)
    for place in 0..<count {
      var process = generator.below(3)
      if isOrderly, holder >= 0 { process = holder }
      // Where all times are the same readers take the order of lines for time.
      let isTight = place > 0 && generator.chance(tightness)
      let call = clocks[process] + (isTight ? 0 : 1 + Int64(generator.below(8)))
      let end = call + (isTight ? Int64(generator.below(3)) : 1 + Int64(generator.below(10)))
      clocks[process] = end
      var operation = shape(kind, Int64(place + 1), call, end)
      if isSimple, operation.function == .remove { operation.function = .insert }
      if isSimple, operation.function == .increment { operation.value = 2 }
      if isOrderly, generator.chance(95) {
        let again = kind == .reentrantMutex && generator.chance(30)
        operation.function = holder >= 0 && !again ? .release : .acquire
        holder = operation.function == .release ? -1 : process
        for other in clocks.indices { clocks[other] = max(clocks[other], end - 2) }
      }
      let draw = generator.below(100)
      operation.completion = draw < 84 ? .ok : draw < 90 ? .fail : .info
      if isOrderly, operation.completion == .fail { operation.completion = .ok }
      operation.process = names[process]
      if namesClients { operation.client = 100 + Int64(process) }
      if isUnique, operation.function == .enqueue { operation.value = Int64(place + 1) }
      // A process ends with an operation of unknown outcome.
      if operation.completion == .info { names[process] += 10 }
      operations.append(operation)
    }
    operations = operations.enumerated().sorted {
      ($0.element.call, $0.offset) < ($1.element.call, $1.offset)
    }.map(\.element)
    var model = BruteModel(kind: kind, operations: operations)
    answer(&model)
    return model
  }

  private mutating func shape(
    _ kind: ModelKind, _ number: Int64, _ call: Int64, _ end: Int64
  ) -> ModelOperation {
    let functions: [Function] =
      switch kind {
      case .mutex, .ownedMutex, .reentrantMutex, .semaphore: [.acquire, .release]
      case .fifo, .bag: [.enqueue, .dequeue]
      case .set: [.insert, .remove, .read]
      case .counter: [.increment, .read]
      case .text: [.append, .append, .write, .read, .read]
      case .registers: [.transaction]
      }
    var operation = ModelOperation(
      process: 0, function: generator.pick(functions), call: call, end: end)
    let isFew = kind == .set || kind == .bag || kind == .fifo
    operation.value = isFew ? 1 + Int64(generator.below(2)) : number
    // Pieces that were written twice, and two of which one is the beginning of the other.
    if kind == .text, generator.chance(30) { operation.value = generator.pick([1, 2, 2, 3]) }
    guard kind == .registers else { return operation }
    for _ in 0...generator.below(2) {
      let function: Function = generator.chance(50) ? .read : .write
      let key = Key(generator.below(2))
      let value = Int64(1 + generator.below(2))
      operation.steps.append(Step(function: function, key: key, shape: .scalar, value: value))
    }
    return operation
  }

  /// Answers as if operations happened in the order of some instant inside each, then spoils some.
  private mutating func answer(_ model: inout BruteModel) {
    var order: [(Int64, Int)] = []
    for (place, operation) in model.operations.enumerated() {
      let length = operation.end - operation.call
      let moment = length < 3 ? generator.below(Int(length) + 1) : generator.below(12)
      order.append((operation.call + Int64(moment), place))
    }
    var state: [Int64] = []
    for (_, place) in order.sorted(by: { $0 < $1 }) {
      let operation = model.operations[place]
      guard operation.completion != .fail else { continue }
      switch (model.kind, operation.function) {
      case (.fifo, .dequeue), (.bag, .dequeue):
        model.operations[place].list = state.first.map { [$0] } ?? []
      case (.set, .read), (.text, .read): model.operations[place].list = state
      case (.counter, .read): model.operations[place].value = state.first ?? 0
      case (.registers, _):
        var now = state
        while now.count < 3 { now.append(0) }
        for (at, step) in operation.steps.enumerated() {
          if step.function == .write { now[Int(step.key)] = step.value }
          model.operations[place].steps[at].value = now[Int(step.key)]
        }
      default: break
      }
      spoil(&model.operations[place], model.kind)
      state = model.results(model.operations[place], state).first ?? state
    }
  }

  private mutating func spoil(_ operation: inout ModelOperation, _ kind: ModelKind) {
    guard generator.chance(45) else { return }
    if let list = operation.list, !list.isEmpty {
      operation.list = generator.chance(50) ? Array(list.dropLast()) : [list[0] % 3 + 1]
    } else if kind == .counter, operation.function == .read {
      operation.value += 1
    } else if kind == .registers, let last = operation.steps.last, last.function == .read {
      operation.steps[operation.steps.count - 1].value = Int64(generator.below(3))
    }
  }
}

extension BruteModel {
  /// Whether there is an answer that could be wrong; of strings only gets have one, and gets alone could be
  /// of registers.
  var saysSomething: Bool {
    let isText = kind == .text
    return operations.contains { $0.completion == .ok && (!isText || $0.function == .read) }
      && (!isText || operations.contains { $0.function != .read })
  }

  /// From EDN, so that the reader is tested along. Events have an order even where times touch, so the times are those
  /// of the operations.
  func history() throws -> History {
    let dialect: EDNDialect = kind == .set ? .set : kind == .counter ? .counter : .automatic
    var history = try History(edn: Array(edn.utf8), dialect: dialect)
    for (row, operation) in operations.enumerated() {
      history.calls[row] = operation.call
      if history.returns[row] != History.never { history.returns[row] = operation.end }
    }
    return history
  }

  /// As EDN; each string piece is "N.".
  var edn: String {
    var events: [(time: Int64, place: Int, isEnd: Bool, text: String)] = []
    for (place, operation) in operations.enumerated() {
      let name = kind == .text && operation.function == .read ? "get" : operation.function.name
      let head = "{:process \(operation.process), :f :\(name), :key 0, "
      events.append(
        (operation.call, place, false, head + ":type :invoke, :value \(asked(operation))"))
      let type = String(describing: operation.completion)
      let end = operation.completion == .info ? 1_000 : operation.end
      let value = operation.completion == .ok ? told(operation) : asked(operation)
      events.append((end, place, true, head + ":type :\(type), :value \(value)"))
    }
    events.sort { ($0.time, $0.place, $0.isEnd ? 1 : 0) < ($1.time, $1.place, $1.isEnd ? 1 : 0) }
    return events.map { "\($0.text), :time \($0.time)}\n" }.joined()
  }

  private func asked(_ operation: ModelOperation) -> String {
    switch operation.function {
    case .acquire, .release: return operation.client.map { "{:client \"n\($0)\"}" } ?? "nil"
    case .read, .dequeue: return "nil"
    case .transaction: return steps(operation, hidesReads: true)
    default: return kind == .text ? "\"\(operation.value).\"" : "\(operation.value)"
    }
  }

  private func told(_ operation: ModelOperation) -> String {
    switch (kind, operation.function) {
    case (.fifo, .dequeue), (.bag, .dequeue): operation.list?.first.map(String.init) ?? "nil"
    case (.set, .read): "#{\((operation.list ?? []).map(String.init).joined(separator: " "))}"
    case (.text, .read): "\"\((operation.list ?? []).map { "\($0)." }.joined())\""
    case (.counter, .read): "\(operation.value)"
    case (.registers, _): steps(operation, hidesReads: false)
    default: asked(operation)
    }
  }

  private func steps(_ operation: ModelOperation, hidesReads: Bool) -> String {
    let all = operation.steps.map { step in
      let hides = hidesReads && step.function == .read
      return "[:\(step.function.name) \(step.key) \(hides ? "nil" : String(step.value))]"
    }
    return "[\(all.joined(separator: " "))]"
  }
}

// Answers the questions that anomalies leave open, for one history. Of lists, where reads tell the order of
// most versions, cycles in the data decide serializability; but writes that nobody read may come in any order, and
// what transactions see of each other is more than the edges of data tell. Of registers everything is open.
// What a stronger or weaker model answers is not asked again.

import Histories

/// Which models were decided beyond the anomalies that were found by name.
struct OrderDecision {
  /// A question and why nobody can tell.
  struct Open {
    var question: OrderQuestion
    var reason: String
  }

  /// The questions that no order of versions answers.
  private(set) var violated: [OrderQuestion] = []
  private(set) var open: [Open] = []

  /// Decides all questions about models that are not excluded yet; each has half of the budget that those before
  /// it left.
  init(_ material: OrderMaterial, _ boundary: IsolationBoundary, _ budget: Budget) {
    var holding: [IsolationModel] = []
    var found = boundary
    var budget = budget
    for question in OrderQuestion.all where material.decides(question) {
      guard let model = IsolationModel.named(question.model), !boundary.excludes(model),
        !found.excludes(model), !holding.contains(where: { $0.implies(model) })
      else { continue }
      var share = budget
      share.steps = budget.steps / 2
      let granted = share.steps
      let answer = material.answer(question, &share)
      budget.steps -= granted - max(0, share.steps)
      switch answer {
      case .holds: holding.append(model)
      case .violated:
        violated.append(question)
        found = IsolationBoundary(anomalies: violated.map(\.anomaly))
      case .unknown(let reason): open.append(Open(question: question, reason: reason))
      }
    }
    open.removeAll { open in
      guard let model = IsolationModel.named(open.question.model) else { return false }
      return found.excludes(model) || holding.contains { $0.implies(model) }
    }
    // What follows from another anomaly tells nothing new.
    let anomalies = violated.map(\.anomaly)
    violated.removeAll { question in
      let others = anomalies.filter { $0 != question.anomaly }
      return AnomalyNames.implied(by: others).contains(question.anomaly)
    }
  }
}

/// What questions are asked of: the dependencies of a history and what they leave open.
struct OrderMaterial {
  enum Objects {
    case lists(ListAppend)
    case registers(Register, VersionOrder)
  }

  let objects: Objects
  let polygraph: Polygraph
  /// The transaction that a node of the polygraph stands for.
  let transactions: [Int32]
  /// Why nothing can be asked; nil if it can.
  private let gap: String?

  init(_ lists: ListAppend, _ builder: DependencyBuilder) {
    objects = .lists(lists)
    let core = ListCore(lists, builder)
    gap = core.gap
    polygraph = core.polygraph
    transactions = core.transactions
  }

  init(_ register: Register, _ order: VersionOrder, _ builder: DependencyBuilder) {
    objects = .registers(register, order)
    gap = nil
    polygraph = Polygraph(register, order, builder)
    transactions = (0..<Int32(register.transactions.count)).map { $0 }
  }

  /// Everything from a history: what a witness is tried with.
  init(_ history: History, _ facts: Facts) {
    let transactions = Transactions(history)
    var builder = DependencyBuilder(transactions)
    if transactions.areLists {
      let lists = ListAppend(transactions)
      lists.addEdges(to: &builder)
      builder.addProcessOrder()
      builder.addRealTime()
      self.init(lists, builder)
    } else {
      var findings = IsolationFindings(transactions)
      let register = Register(transactions, initial: facts.initial)
      let order = VersionOrder(register, facts.versionAssumptions, &findings)
      register.addEdges(order, to: &builder)
      builder.addProcessOrder()
      builder.addRealTime()
      self.init(register, order, builder)
    }
  }

  /// Whether a question is not answered by looking for cycles in what the data tell.
  func decides(_ question: OrderQuestion) -> Bool {
    guard case .lists = objects else { return true }
    return question.condition != .serial
  }

  /// - Parameter budget: what is left of it, afterwards.
  func answer(_ question: OrderQuestion, _ budget: inout Budget) -> OrderProblem.Answer {
    if polygraph.nodeCount == 0 { return .holds }
    if let gap { return .unknown(gap) }
    return OrderProblem.answer(polygraph, question, &budget)
  }

  /// Why one transaction must come before another, as the data tell.
  func reason(_ link: CycleLink, _ source: String, _ target: String) -> String? {
    switch objects {
    case .lists(let lists): lists.reason(link, source, target)
    case .registers(let register, let order): register.reason(link, order, source, target)
    }
  }

  /// "key x = 3".
  func describe(_ version: Int32) -> String {
    switch objects {
    case .lists(let lists): lists.describe(Int(version))
    case .registers(let register, _): register.describe(Int(version))
    }
  }
}

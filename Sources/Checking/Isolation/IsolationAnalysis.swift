// One analysis of a history of transactions answers for every consistency model: it finds all kinds of
// anomalies once; a model is violated if it forbids one of them. What anomalies in the known dependencies do not
// decide, because they leave open in which order versions came or who saw what, is asked of a polygraph.
//
// Adya, "Weak Consistency: A Generalized Theory and Optimistic Implementations for Distributed
// Transactions", 1999; Kingsbury and Alvaro, "Elle: Inferring Isolation Anomalies from Experimental
// Observations", 2020.

import Histories

/// Everything that is wrong with a history of transactions, by consistency model.
public struct IsolationAnalysis: Sendable {
  /// All anomalies found, worst first, each name once.
  public let names: [String]
  /// Which models are ruled out and which hold.
  public let boundary: IsolationBoundary
  /// How many dependencies the data tell.
  public let dependencies: Int
  private let kept: [(name: String, count: Int, anomalies: [Anomaly])]
  private let unknown: String?
  private let orders: Int
  private let open: [OrderDecision.Open]

  /// Worst first.
  private static let severity = [
    "duplicate-elements", "cyclic-versions", "incompatible-order", "internal", "future-read", "G0",
    "dirty-update", "G1a", "G1b", "G1c", "lost-update", "OTV", "fractured-read",
    "causality-violation",
    "G-single-item", "long-fork", "G-nonadjacent-item", "G2-item",
  ]

  /// Analyses the transactions of a history: over lists if some step appends, else over registers. After
  /// the budget's deadline it begins nothing more: what was found stands, what was not is unknown.
  public init(_ history: History, _ facts: Facts = Facts(), _ budget: Budget = Budget()) {
    let transactions = Transactions(history)
    var findings = IsolationFindings(transactions)
    var builder = DependencyBuilder(transactions)
    var repeated: (transaction: Int, step: Int)?
    let areCycles: Bool?
    var material: OrderMaterial?
    if transactions.areLists {
      let lists = ListAppend(transactions)
      repeated = lists.repeated
      lists.addAnomalies(to: &findings)
      lists.addLostUpdates(to: &findings)
      if !budget.isLate { lists.addEdges(to: &builder) }
      areCycles = IsolationAnalysis.addCycles(
        &builder, &findings, budget, evidence: lists.evidence(for:)
      ) { lists.reason($0, $1, $2) }
      if !budget.isLate { lists.addVanished(to: &findings) }
      // Without any cycle even the strongest model holds.
      if areCycles == true { material = OrderMaterial(lists, builder) }
    } else {
      let register = Register(transactions, initial: facts.initial)
      repeated = register.repeated
      let order = VersionOrder(register, facts.versionAssumptions, &findings)
      register.addAnomalies(to: &findings)
      register.addLostUpdates(to: &findings)
      if !budget.isLate { register.addEdges(order, to: &builder) }
      areCycles = IsolationAnalysis.addCycles(
        &builder, &findings, budget, evidence: { register.evidence(for: $0, order) }
      ) { register.reason($0, order, $1, $2) }
      if !budget.isLate { register.addVanished(order, to: &findings) }
      if areCycles != nil { material = OrderMaterial(register, order, builder) }
    }
    dependencies = builder.dataEdges
    orders = builder.edges.count - builder.dataEdges
    unknown =
      IsolationAnalysis.complaint(transactions, repeated)
      ?? (areCycles == nil
        ? "time limit reached: among \(count(history.count, "transaction")) no anomaly was seen without "
          + "a cycle, and cycles were not all looked for" : nil)
    // A value written twice makes every conclusion from reads doubtful.
    if unknown == nil, let material {
      let boundary = IsolationBoundary(anomalies: findings.names)
      let decision = OrderDecision(material, boundary, budget)
      open = decision.open
      for question in decision.violated {
        findings.add(
          question.anomaly, PolygraphWitness(history, facts, question, budget).anomaly())
      }
    } else {
      open = []
    }
    let groups = repeated == nil ? findings.groups : []
    let sorted = IsolationAnalysis.severity.flatMap { base in
      AnomalyNames.forms.flatMap { form in groups.filter { $0.name == base + form } }
    }
    kept = sorted.map { ($0.name, $0.count, $0.kept) }
    names = sorted.map(\.name)
    boundary = IsolationBoundary(
      anomalies: sorted.map(\.name), undecided: open.map(\.question.anomaly))
  }

  /// Finds cycles, and whether there are any; nil if it was too late to.
  private static func addCycles(
    _ builder: inout DependencyBuilder, _ findings: inout IsolationFindings, _ budget: Budget,
    evidence: (DependencyCycle) -> [IsolationFindings.Evidence],
    _ reason: (CycleLink, String, String) -> String?
  ) -> Bool? {
    guard !budget.isLate else { return nil }
    builder.addProcessOrder()
    builder.addRealTime()
    guard !budget.isLate else { return nil }
    let cycles = CycleSearch(builder.graph()).cycles
    for cycle in cycles { findings.add(cycle, evidence: evidence, reason) }
    return !cycles.isEmpty
  }

  private static func complaint(
    _ transactions: Transactions, _ repeated: (transaction: Int, step: Int)?
  ) -> String? {
    let history = transactions.history
    guard let repeated else {
      return transactions.areLists && transactions.haveWrites
        ? "transactions that append to lists are judged without those that write registers" : nil
    }
    let step = history.steps[repeated.step]
    let row = Int(transactions.rows[repeated.transaction])
    return "duplicate-appends: \(history.name(ofValue: step.value)) is written to key "
      + "\(history.name(of: step.key)) more than once (again in row \(row)), so nobody can tell "
      + "whose write a read saw"
  }

  /// Whether all was looked for that there is to find.
  public var isComplete: Bool { unknown == nil }

  /// The verdict on one model.
  public func verdict(_ model: IsolationModel) -> Verdict {
    let against = kept.filter { IsolationBoundary(anomalies: [$0.name]).excludes(model) }
    var shown: [Anomaly] = []
    for place in 0..<3 {
      for group in against where place < group.anomalies.count {
        shown.append(group.anomalies[place])
      }
    }
    let doubt = open.first { open in
      IsolationBoundary.excluded(by: [open.question.anomaly]).contains(model.name)
    }
    let usesOrder = model.name.hasPrefix("strong-")
    return Verdict(
      checker: model.name, judged: dependencies + (usesOrder ? orders : 0), anomalies: shown,
      anomalyCount: against.reduce(0) { $0 + $1.count }, unknown: unknown ?? doubt?.reason,
      summary:
        "\(dependencies) \(dependencies == 1 ? "dependency" : "dependencies") and no such cycle")
  }
}

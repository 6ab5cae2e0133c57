// splitbrain check: a verdict on a history from anywhere.

import ArgumentParser
import Foundation
import Splitbrain

struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Judge a history, ours or Jepsen's.",
    discussion: """
      Reads our JSON Lines, Jepsen's EDN and JSON (registers, sets, counters, banks, mutexes, \
      queues, strings, transactions), etcd test logs, and the formats of AWDIT, Plume, PolySI and \
      dbcop. The format and the workload are told from the content, and can be given. Transactions \
      over lists and registers are judged by the models of Adya and Elle, strict-serializable by default; --model auto gives the strongest that \
      hold.
      """)

  @Argument(help: "The history file.", completion: .file()) var history: String
  @Option(
    help: """
      register, cas-register, set, set-full, counter, stock, bank, list-append, rw-register, \
      transactions, multi-register, mutex, owner-aware-mutex, reentrant-mutex, acquired-permits, \
      semaphore, lock, queue, fifo-queue, unique-ids, uniqueness, orders, index, \
      ledger, long-fork, causal-reverse, monotonic, g2 or kv.
      """) var workload: String?
  @Option(help: "A model, several with commas between (all must hold), or auto (all that apply).")
  var model: String?
  @Option(help: "Give up after so many seconds, reading included; the budget counts steps.")
  var timeLimit: Double?
  @Option(help: "text or json.") var format = OutputFormat.text
  @Option(help: "text, or svg: print a drawing of the first witness instead of the report.")
  var explain = Explanation.text
  @Option(help: "jsonl, edn, json, etcd-log, awdit, plume or dbcop.") var input: String?
  @Option(help: "What registers and counters hold at the start; nothing if not given.") var initial:
    Int64?
  @Flag(help: "A failed compare-and-set tells that the expected value was not there.")
  var failedCasObserves = false
  @Flag(help: "A read that returned nil says nothing (Knossos), not that nothing was written.")
  var emptyReadsSayNothing = false

  @Option(help: "How many permits a semaphore has (acquired-permits).") var permits = 2
  @Option(help: "How stale reads may be (bounded-staleness): 5s, 250ms or 10 versions.")
  var maxStaleness: String?

  @Flag(help: "A transaction's write to a key comes after what it read of it (rw-register).")
  var wfrKeys = false
  @Flag(help: "Each process sees the versions of a key in order (rw-register).")
  var sequentialKeys = false
  @Flag(help: "Each key by itself is linearizable (rw-register).")
  var linearizableKeys = false
  @Option(help: "The rows of transactions in the order in which the database did them: 2,0,1.")
  var transactionOrder: String?
  @Flag(help: "Do not believe what the history tells of the order of versions.")
  var blackBox = false

  func run() throws {
    let limit = timeLimit.map { TimeLimit(seconds: $0) }
    let given = try choose(input, HistoryFormat.self, "format")
    let named = try choose(workload, HistoryWorkload.self, "workload")
    let file = self.history
    let asked = model ?? named?.models[0] ?? "auto"
    limit?.enforce {
      let late = HistoryVerdict(tooLateFor: [asked], named ?? .register)
      tell(
        CheckReport(
          file: file, models: [asked], operations: 0, result: late, seconds: timeLimit ?? 0,
          isGuessed: named == nil), of: History())
    }
    var read: History
    let inputFormat: HistoryFormat
    do {
      guard let found = try History.read(self.history, format: given) else {
        throw Terminal.unreadable(self.history)
      }
      (read, inputFormat) = found
    } catch let error as HistoryError {
      Terminal.error("\(self.history):\(error.line):\(error.column): \(error.message)")
      throw Status.badInput
    }
    if blackBox { read = read.blackBox }
    if let transactionOrder { read = read.toldOrder(try rows(transactionOrder, of: read)) }
    let history = read
    let defects = history.defects()
    guard defects.isEmpty else {
      for defect in defects.prefix(20) {
        Terminal.error("\(self.history):\(max(1, defect.line)):1: \(defect.message)")
      }
      throw Status.badInput
    }
    guard history.count > 0 else {
      Terminal.error("\(self.history):1:1: no operations in this file")
      throw Status.badInput
    }
    let told = named ?? (inputFormat.isTimeless ? .transactions : nil)
    let guess = told == nil ? WorkloadGuess(history) : nil
    let kind = told ?? guess?.workload ?? .register
    let models = try models(of: kind)
    var budget = Budget()
    let start = Sweep.wallClock()
    budget.deadline = limit?.deadline
    var facts = Facts()
    facts.failedCompareAndSetObserves = failedCasObserves
    facts.initial = initial
    facts.counterStart = initial ?? 0
    facts.emptyReadsSayNothing = emptyReadsSayNothing
    facts.permits = permits
    if let maxStaleness {
      facts.maxStaleness = StalenessBound(maxStaleness, ticksPerSecond: history.ticksPerSecond)
      guard facts.maxStaleness != nil else {
        throw ValidationError(
          "--max-staleness: expected a time or a count such as 5s or '10 versions', found "
            + "'\(maxStaleness)'")
      }
    } else if models.contains(BoundedStaleness.name) {
      throw ValidationError("\(BoundedStaleness.name) needs --max-staleness")
    }
    if wfrKeys { facts.versionAssumptions.insert(.writesFollowReads) }
    if sequentialKeys { facts.versionAssumptions.insert(.sequential) }
    if linearizableKeys { facts.versionAssumptions.insert(.linearizable) }
    @Sendable func report(_ result: HistoryVerdict) -> CheckReport {
      CheckReport(
        file: self.history, models: models, operations: history.count, result: result,
        seconds: Sweep.wallClock() - start, isGuessed: guess != nil)
    }
    limit?.enforce { tell(report(HistoryVerdict(tooLateFor: models, kind)), of: history) }
    let result = HistoryVerdict(history, kind, models: models, facts, budget, doubt: guess?.doubt)
    TimeLimit.speakOnce { tell(report(result), of: history) }
    if result.validity != .holds { throw Status.of(result.validity) }
  }

  enum Explanation: String, ExpressibleByArgument, CaseIterable { case text, svg }

  private func tell(_ report: CheckReport, of history: History) {
    switch explain {
    case .text: Terminal.out(format == .json ? report.json.text + "\n" : report.text)
    case .svg:
      if let drawing = report.drawing(of: history) {
        Terminal.out(drawing.svg)
      } else {
        Terminal.error("no witness to draw: \(report.result.validity.rawValue)")
      }
    }
  }

  private func models(of kind: HistoryWorkload) throws -> [String] {
    guard let model else { return [kind.models[0]] }
    if model == "auto" { return kind.models }
    let known =
      kind.isTransactional
      ? IsolationModel.all.flatMap { [$0.name] + $0.aliases } : Checkers.all.map { $0.name }
    return try model.split(separator: ",").map { part in
      let name = part.trimmingCharacters(in: .whitespaces)
      let found =
        kind.isTransactional ? IsolationModel.named(name)?.name : Checkers.named(name)?.name
      guard let found else { throw ValidationError(unknownName(name, "model", among: known)) }
      return found
    }
  }

  /// Row numbers, with commas between.
  private func rows(_ text: String, of history: History) throws -> [Int] {
    try text.split(separator: ",").map { part in
      let word = part.trimmingCharacters(in: .whitespaces)
      guard let row = Int(word), row >= 0, row < history.count else {
        throw ValidationError(
          "--transaction-order: expected rows from 0 to \(history.count - 1), found '\(word)'")
      }
      return row
    }
  }

  private func choose<Choice>(
    _ name: String?, _ type: Choice.Type, _ what: String
  ) throws -> Choice? where Choice: RawRepresentable & CaseIterable, Choice.RawValue == String {
    guard let name else { return nil }
    if let choice = Choice(rawValue: name) { return choice }
    throw ValidationError(unknownName(name, what, among: Choice.allCases.map(\.rawValue)))
  }
}

// The conditions under which an order of versions makes a history fit a model, as graphs without cycles:
//
//     serializable                 wr, ww and rw together make no cycle
//     snapshot-isolation           (wr or ww), then perhaps one rw: no cycle of such steps
//     prefix                       (wr, then perhaps one rw) or ww: no cycle of such steps
//     parallel-snapshot-isolation  wr and ww make no cycle, nor with exactly one rw
//     causal-cerone                the same, but only wr leads back to the rw
//     read-atomic                  the same, but only one wr leads back to the rw
//
// with the order of processes or of real time beside wr for the session and strong forms. Cerone and Gotsman,
// "Analysing Snapshot Isolation", 2016, theorems 8, 9 and 21; Cerone, Bernardi and Gotsman, "A Framework for
// Transactional Consistency Models with Atomic Visibility", 2015; Biswas and Enea, "On the Complexity of
// Checking Transactional Consistency", 2019, figure 2. Bouajjani, Enea, Guerraoui and Hamza show the causal
// case to be without search; the others are hard (Biswas and Enea, theorem 5).
//
// "No two rw in a row" becomes a question about plain cycles when every node is there several times, once for
// each kind of edge by which it can be reached.

/// What must not be a cycle.
enum OrderCondition: Sendable {
  case serial, snapshot, prefix, parallelSnapshot, causal, atomic

  /// How many times each node is there.
  var layers: Int {
    switch self {
    case .snapshot: 2
    case .prefix: 3
    default: 1
    }
  }

  /// The layer in which the edges of data and of orders, one after another, make chains.
  var chainLayer: Int { self == .prefix ? 1 : 0 }

  /// Whether an edge of kind rw is not part of the graph, but must not be closed by what leads back.
  var watchesOverwrites: Bool {
    switch self {
    case .parallelSnapshot, .causal, .atomic: true
    default: false
    }
  }

  /// The edges between layers that one edge stands for.
  func place(_ source: Int, _ target: Int, _ kind: EdgeKinds, _ add: (Int, Int) -> Void) {
    switch self {
    case .serial, .parallelSnapshot, .causal, .atomic: add(source, target)
    case .snapshot:
      let (from, to) = (2 * source, 2 * target)
      switch kind {
      case .rw: add(from, to + 1)
      case .pass: add(from + 1, to + 1)
      default:
        add(from, to)
        add(from + 1, to)
      }
    case .prefix:
      let (from, to) = (3 * source, 3 * target)
      switch kind {
      case .rw: add(from + 1, to + 2)
      case .pass: add(from + 2, to + 2)
      default:
        for layer in 0..<3 { add(from + layer, kind == .ww ? to : to + 1) }
      }
    }
  }
}

/// A question to a polygraph: is there an order of versions so that this model holds?
struct OrderQuestion: Sendable {
  var condition: OrderCondition
  /// The orders that count besides data.
  var orders: EdgeKinds
  /// The strongest model that holds if there is.
  var model: String
  /// The anomaly that every order has if there is none.
  var anomaly: String

  /// The strongest, as nothing more is to be asked if they hold: with orders first, which make the chains that
  /// long histories need; then from the weakest up, as nothing more is to be asked of what implies a model that
  /// does not hold.
  static let all: [OrderQuestion] =
    [serial(.realtime), serial(.process), serial(.data), snapshot(.realtime)] + [
      OrderQuestion(
        condition: .atomic, orders: [], model: "read-atomic", anomaly: "fractured-read"),
      OrderQuestion(
        condition: .causal, orders: [], model: "causal-cerone", anomaly: "causality-violation"),
      OrderQuestion(
        condition: .parallelSnapshot, orders: [], model: "parallel-snapshot-isolation",
        anomaly: "G-single-item"),
      OrderQuestion(condition: .prefix, orders: [], model: "prefix", anomaly: "long-fork"),
      snapshot(.data), snapshot(.process),
    ]

  /// Whether there is one order of all transactions, those of each process in theirs.
  static let sequential = serial(.process)

  private enum Form { case data, process, realtime }

  private static func serial(_ form: Form) -> OrderQuestion {
    OrderQuestion(.serial, "serializable", "G2-item", form)
  }

  private static func snapshot(_ form: Form) -> OrderQuestion {
    OrderQuestion(.snapshot, "snapshot-isolation", "G-nonadjacent-item", form)
  }
}

extension OrderQuestion {
  private init(
    _ condition: OrderCondition, _ model: String, _ anomaly: String, _ form: Form
  ) {
    self.condition = condition
    switch form {
    case .data: (orders, self.model, self.anomaly) = ([], model, anomaly)
    case .process:
      (orders, self.model, self.anomaly) = (
        .process, "strong-session-" + model, anomaly + "-process"
      )
    case .realtime:
      (orders, self.model, self.anomaly) = (
        [.process, .realtime], "strong-" + model, anomaly + "-realtime"
      )
    }
  }
}

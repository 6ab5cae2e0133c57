// Which anomaly is a special case of which. A cycle of writes alone (G0) is also a circular flow of
// information (G1c); what is wrong without the order of processes is wrong with it. Names from Adya,
// "Weak Consistency", 1999, chapter 4, and Kingsbury and Alvaro, "Elle", 2020, section 5.

/// The names of anomalies and what follows from each.
public enum AnomalyNames {
  /// The forms of a cycle: from data alone, with the order of each process, with real time.
  static let forms = ["", "-process", "-realtime"]

  /// Direct consequences, as pairs of the special and the general name.
  private static let pairs: [(String, String)] = {
    var pairs = [
      ("G1a", "G1"), ("G1b", "G1"), ("incompatible-order", "G1a"), ("future-read", "G1c"),
      ("dirty-update", "G1a"), ("lost-update", "write-skew"), ("lost-update", "G2-item"),
      ("write-skew", "G2"), ("OTV", "fractured-read"), ("fractured-read", "causality-violation"),
      ("causality-violation", "long-fork"), ("causality-violation", "G-single-item"),
      ("long-fork", "G-nonadjacent-item"), ("G-single", "G-SIb"), ("G-SIb", "G-SI"),
    ]
    let general = [
      ("G0", "G1c"), ("G1c", "G1"), ("G-single-item", "G-single"),
      ("G-single-item", "G-nonadjacent-item"), ("G-single", "G-nonadjacent"),
      ("G-nonadjacent-item", "G-nonadjacent"), ("G-nonadjacent-item", "G2-item"),
      ("G-nonadjacent", "G2"), ("G2-item", "G2"),
    ]
    for form in forms {
      pairs += general.map { ($0.0 + form, $0.1 + form) }
    }
    for name in [
      "G0", "G1c", "G1", "G-single-item", "G-single", "G-nonadjacent-item", "G-nonadjacent",
      "G2-item", "G2",
    ] {
      pairs.append((name, name + "-process"))
      pairs.append((name + "-process", name + "-realtime"))
    }
    return pairs
  }()

  /// These anomalies and all that follow from them.
  public static func implied(by names: [String]) -> [String] {
    closure(names) { name in pairs.filter { $0.0 == name }.map(\.1) }
  }

  /// These anomalies and all that they follow from.
  public static func implying(_ names: [String]) -> [String] {
    closure(names) { name in pairs.filter { $0.1 == name }.map(\.0) }
  }

  private static func closure(_ names: [String], _ next: (String) -> [String]) -> [String] {
    var all: [String] = []
    var open = Array(names.reversed())
    while let name = open.popLast() {
      guard !all.contains(name) else { continue }
      all.append(name)
      open += next(name).reversed()
    }
    return all
  }
}

// A witness as a drawing: one lane a process, one bar an operation from its call to its return, arrows for
// the order that it argues about, and the argument in words below. Time is drawn by rank, not to scale: what
// matters is what was over before what began.

import Checking
import Histories

/// One anomaly of a history, drawn.
public struct WitnessDrawing {
  private struct Bar {
    let row: Int
    let lane: Int
    let left: Int
    let right: Int
    let label: [String]
    let colour: String
    var middle: Int { (left + right) / 2 }
  }

  private let title: String
  private let lanes: [String]
  private let bars: [Bar]
  private let links: [Anomaly.Link]
  private let words: [String]
  private let width: Int

  private static let margin = 150
  private static let step = 120
  private static let laneHeight = 92
  private static let head = 72
  private static let letters = 7

  /// Lays out the witness of an anomaly.
  public init(_ anomaly: Anomaly, of history: History, model: String) {
    title = "\(anomaly.name): \(model) is violated"
    words = anomaly.explanation
    links = anomaly.links
    let rows = anomaly.rows.filter { $0 >= 0 && $0 < history.count }
    var processes: [Int32] = []
    for row in rows where !processes.contains(history.processes[row]) {
      processes.append(history.processes[row])
    }
    lanes = processes.map { process in
      let row = rows.first { history.processes[$0] == process } ?? 0
      let region = history.regionName(of: row).map { ", \($0)" } ?? ""
      return "process \(process)\(region)"
    }
    var instants: [Int64] = []
    for row in rows { instants += [history.calls[row], history.returns[row]] }
    instants = instants.filter { $0 != History.never }.sorted()
    instants = instants.enumerated().filter { $0 == 0 || instants[$0 - 1] != $1 }.map(\.element)
    func place(_ time: Int64) -> Int {
      Self.margin + (instants.firstIndex(of: time) ?? instants.count) * Self.step
    }
    bars = rows.enumerated().map { number, row in
      let left = place(history.calls[row])
      let right = max(place(history.returns[row]), left + Self.step / 2)
      let colour =
        switch history.completions[row] {
        case .ok: "#cfe8d5"
        case .fail: "#f6cfcf"
        case .info: "#fbe6bd"
        }
      // The words name transactions in the order of the rows.
      let isNamed = anomaly.explanation.first?.contains("T1") ?? false
      let name = isNamed ? "T\(number + 1)" : "row \(row)"
      return Bar(
        row: row, lane: processes.firstIndex(of: history.processes[row]) ?? 0, left: left,
        right: right,
        label: Self.wrapped("\(name): \(history.label(of: row))", (right - left) / Self.letters),
        colour: colour)
    }
    let text = (words.map(\.count).max() ?? 0) * Self.letters + 40
    width = max(Self.margin + (instants.count + 1) * Self.step, min(text, 1_800), 640)
  }

  /// The drawing as an SVG document.
  public var svg: String {
    let top = Self.head + lanes.count * Self.laneHeight
    let height = top + 24 + words.count * 18 + 16
    var out = """
      <svg xmlns="http://www.w3.org/2000/svg" width="\(width)" height="\(height)" \
      viewBox="0 0 \(width) \(height)" font-family="monospace" font-size="12">
      <defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" \
      orient="auto"><path d="M0 0 L8 4 L0 8 z" fill="#b3261e"/></marker></defs>
      <rect width="100%" height="100%" fill="white"/>
      <text x="16" y="28" font-size="15" font-weight="bold">\(Self.escaped(title))</text>

      """
    for (lane, name) in lanes.enumerated() {
      let y = Self.head + lane * Self.laneHeight
      out += """
        <text x="16" y="\(y + 34)">\(Self.escaped(name))</text>
        <line x1="\(Self.margin)" y1="\(y + 30)" x2="\(width - 16)" y2="\(y + 30)" stroke="#ddd"/>

        """
    }
    for bar in bars { out += drawn(bar) }
    for link in links { out += drawn(link) }
    for (number, line) in words.enumerated() {
      out += "<text x=\"16\" y=\"\(top + 24 + number * 18)\">\(Self.escaped(line))</text>\n"
    }
    return out + "</svg>\n"
  }

  private func top(_ bar: Bar) -> Int { Self.head + bar.lane * Self.laneHeight + 8 }

  private func drawn(_ bar: Bar) -> String {
    var out = """
      <rect x="\(bar.left)" y="\(top(bar))" width="\(bar.right - bar.left)" height="44" rx="5" \
      fill="\(bar.colour)" stroke="#555"/>

      """
    for (number, line) in bar.label.prefix(3).enumerated() {
      out += """
        <text x="\(bar.left + 5)" y="\(top(bar) + 13 + number * 13)" font-size="11">\
        \(Self.escaped(line))</text>

        """
    }
    return out
  }

  private func drawn(_ link: Anomaly.Link) -> String {
    guard let from = bars.first(where: { $0.row == link.before }),
      let to = bars.first(where: { $0.row == link.after })
    else { return "" }
    let (x1, x2) = (from.middle, to.middle)
    // Arrows leave a bar towards the other lane; within a lane they go forwards below the bars and
    // backwards above them. Those that go both ways between two lanes are bent apart.
    let isInLane = to.lane == from.lane
    let isBelow = isInLane ? x2 >= x1 : to.lane > from.lane
    let y1 = top(from) + (isBelow ? 44 : 0)
    let y2 = top(to) + (isBelow == isInLane ? 44 : 0)
    let bend = isInLane ? (isBelow ? 32 : -32) : x2 >= x1 ? 14 : -14
    let middle = ((x1 + x2) / 2, (y1 + y2) / 2 + bend)
    return """
      <path d="M\(x1) \(y1) Q\(middle.0) \(middle.1) \(x2) \(y2)" fill="none" stroke="#b3261e" \
      stroke-width="1.5" marker-end="url(#tip)"/>
      <text x="\(middle.0 + 4)" y="\(middle.1 - 2)" fill="#b3261e">\(Self.escaped(link.reason))</text>

      """
  }

  /// Lines of at most so many letters, broken at spaces; what does not fit into three is cut.
  private static func wrapped(_ text: String, _ most: Int) -> [String] {
    let most = max(8, most - 1)
    var lines = [""]
    for word in text.split(separator: " ") {
      if !lines[lines.count - 1].isEmpty, lines[lines.count - 1].count + word.count >= most {
        lines.append("")
      }
      lines[lines.count - 1] += (lines[lines.count - 1].isEmpty ? "" : " ") + word
    }
    lines = lines.map { $0.count > most ? $0.prefix(most - 1) + "…" : $0 }
    return lines.count > 3 ? Array(lines.prefix(2)) + [lines[2] + " …"] : lines
  }

  private static func escaped(_ text: String) -> String {
    var out = ""
    for letter in text.unicodeScalars {
      switch letter {
      case "&": out += "&amp;"
      case "<": out += "&lt;"
      case ">": out += "&gt;"
      case "\"": out += "&quot;"
      default: if letter.value >= 0x20 { out.unicodeScalars.append(letter) }
      }
    }
    return out
  }
}

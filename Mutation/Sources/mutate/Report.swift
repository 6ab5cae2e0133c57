// What became of the mutants, by file and in all, and those that nobody found.

import Foundation

struct Report {
  let outcomes: [(mutant: Mutant, outcome: Outcome)]

  private struct Row {
    var counts: [Outcome: Int] = [:]
    subscript(outcome: Outcome) -> Int { counts[outcome, default: 0] }
    var met: Int { counts.values.reduce(0, +) - self[.notMet] }
    var killed: Int { self[.killed] + self[.timedOut] }

    func line(_ name: String) -> String {
      let share = met == 0 ? "   -" : String(format: "%3d%%", killed * 100 / met)
      return String(
        format: "%6d %6d %6d %8d %7d  %@  ", met, self[.killed], self[.timedOut], self[.survived],
        self[.notMet], share) + name
    }
  }

  var text: String {
    var files: [String: Row] = [:]
    var folders: [String: Row] = [:]
    var all = Row()
    for (mutant, outcome) in outcomes {
      let folder = mutant.file.split(separator: "/").dropLast().joined(separator: "/") + "/"
      files[mutant.file, default: Row()].counts[outcome, default: 0] += 1
      folders[folder, default: Row()].counts[outcome, default: 0] += 1
      all.counts[outcome, default: 0] += 1
    }
    let head = "   met killed    out survived not met  rate"
    return
      (list(.survived, "Survivors") + list(.notMet, "Not met by any test") + [head]
      + files.sorted { $0.key < $1.key }.map { $1.line($0) } + [head]
      + folders.sorted { $0.key < $1.key }.map { $1.line($0) } + [all.line("in all")])
      .joined(separator: "\n") + "\n"
  }

  private func list(_ outcome: Outcome, _ title: String) -> [String] {
    let names = outcomes.filter { $0.outcome == outcome }.map { "  \($0.mutant.name)" }
    return names.isEmpty ? [] : ["\(title):"] + names + [""]
  }
}

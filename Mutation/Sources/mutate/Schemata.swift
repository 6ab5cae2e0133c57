// Rewrites a file so that one build holds all its mutants (Untch, Offutt and Harrold, "Mutation Analysis Using Mutant
// Schemata", 1993): wherever one lives, a function of Runtime/Mutants.swift asks whether it is awake.
//
// What goes wrong: each decision (a comparison, an operand of && and ||, a condition) in each of its cases, which
// holds all changes of operators that nothing else implies (Kaminski, Ammann and Offutt, "Improving logic-based
// testing", 2013); ranges lose an end, sums their second part, optional values what they hold; `first` and `last`, `min`
// and `max`, `continue` and `break` are swapped; statements are left out. Words that explain a verdict are left alone.

import SwiftOperators
import SwiftParser
import SwiftSyntax

final class Schemata: SyntaxVisitor {
  private let file: String
  private let locations: SourceLocationConverter
  private let rejected: Set<Point>
  private var edits = Edits()
  /// The next number that is free.
  private(set) var next: Int
  private var decisions: Set<Int> = []
  /// Decisions of which one case follows from another one's: of an operand of && that is not the first, that true is
  /// taken as false.
  private var implied: [Int: Bool] = [:]
  /// Names that get their first value by an assignment, which can not be left out.
  private var unset: Set<String> = []
  private(set) var mutants: [Mutant] = []
  private(set) var points: [(point: Point, lines: ClosedRange<Int>)] = []

  /// The new text, what was changed, and where.
  static func rewrite(_ text: String, file: String, from number: Int, without rejected: Set<Point>)
    -> (text: [UInt8], schemata: Schemata)
  {
    let source = Parser.parse(source: text)
    let tree = OperatorTable.standardOperators.foldAll(source) { _ in }
    let schemata = Schemata(
      file, SourceLocationConverter(fileName: file, tree: source), number, rejected)
    let names = UnsetNames(viewMode: .sourceAccurate)
    names.walk(tree)
    schemata.unset = names.names
    schemata.walk(tree)
    return (schemata.edits.applied(to: Array(text.utf8)), schemata)
  }

  private init(
    _ file: String, _ locations: SourceLocationConverter, _ number: Int, _ rejected: Set<Point>
  ) {
    self.file = file
    self.locations = locations
    self.next = number
    self.rejected = rejected
    super.init(viewMode: .sourceAccurate)
  }

  // MARK: Points

  /// Numbers for mutants at a place; nil as the fault of one that is not worth its time. Nil if the compiler has
  /// rejected the place.
  private func place(_ node: some SyntaxProtocol, _ kind: String, _ faults: [String?]) -> Int? {
    let point = Point(file: file, offset: start(node), kind: kind)
    guard !rejected.contains(point) else { return nil }
    let from = node.startLocation(converter: locations)
    let to = node.endLocation(converter: locations)
    points.append((point, from.line...to.line))
    for (step, fault) in faults.enumerated() {
      guard let fault else { continue }
      mutants.append(
        Mutant(
          number: next + step, file: file, line: from.line, column: from.column, fault: fault))
    }
    defer { next += faults.count }
    return next
  }

  private func start(_ node: some SyntaxProtocol) -> Int {
    node.positionAfterSkippingLeadingTrivia.utf8Offset
  }
  private func range(_ node: some SyntaxProtocol) -> Range<Int> {
    start(node)..<node.endPositionBeforeTrailingTrivia.utf8Offset
  }
  private func words(_ node: some SyntaxProtocol) -> String {
    let all = node.trimmedDescription.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    return "`\(all.count > 60 ? all.prefix(57) + "..." : all)`"
  }

  private func wrap(
    _ node: some SyntaxProtocol, in function: String, _ faults: [String?]
  ) {
    guard let number = place(node, function, faults) else { return }
    edits.wrap(range(node), "\(function)(\(number), ", ")")
  }

  // MARK: Decisions

  private static let orders: [String: (less: Bool, equal: Bool, greater: Bool)] = [
    "<": (true, false, false), "<=": (true, true, false), ">": (false, false, true),
    ">=": (false, true, true),
  ]
  private static let equalities: Set<String> = ["==", "!=", "===", "!=="]

  /// Without parentheses and negations, and whether those turn it round.
  private func core(_ node: ExprSyntax) -> (node: ExprSyntax, isNegated: Bool) {
    if let tuple = node.as(TupleExprSyntax.self), tuple.elements.count == 1,
      let inner = tuple.elements.first?.expression
    {
      return core(inner)
    }
    if let prefix = node.as(PrefixOperatorExprSyntax.self), prefix.operator.text == "!" {
      let (inner, isNegated) = core(prefix.expression)
      return (inner, !isNegated)
    }
    return (node, false)
  }

  /// What comes after && is only asked when the rest is true: that it is false then says no more than that the rest is.
  private func imply(_ node: ExprSyntax, _ truth: Bool) {
    let (inner, isNegated) = core(node)
    implied[start(inner)] = truth != isNegated
  }

  /// Makes a decision of something that is one, but does not look like it: a call, a name.
  private func decide(_ node: ExprSyntax) {
    let inner = core(node).node
    let isOperator = inner.as(InfixOperatorExprSyntax.self).map { isDecision($0) } ?? false
    guard !isOperator, !inner.is(BooleanLiteralExprSyntax.self),
      decisions.insert(start(inner)).inserted
    else { return }
    decideItself(inner)
  }

  private func decideItself(_ node: some SyntaxProtocol) {
    let implied = implied[start(node)]
    wrap(
      node, in: "decided",
      [
        implied == true ? nil : "\(words(node)) is false",
        implied == false ? nil : "\(words(node)) is true",
      ])
  }

  private func isDecision(_ node: InfixOperatorExprSyntax) -> Bool {
    guard let text = node.operator.as(BinaryOperatorExprSyntax.self)?.operator.text else {
      return false
    }
    return Self.orders[text] != nil || Self.equalities.contains(text)
      || ["&&", "||"].contains(text)
  }

  private func compare(_ node: InfixOperatorExprSyntax, _ sign: String) {
    let isTuple = node.leftOperand.as(TupleExprSyntax.self).map { $0.elements.count > 1 } ?? false
    guard let order = Self.orders[sign], !isTuple else { return decideItself(node) }
    let implied = implied[start(node)]
    func fault(_ truth: Bool, _ region: String) -> String? {
      truth == implied ? nil : "\(words(node)) is \(!truth) when \(region)"
    }
    let faults = [
      fault(order.less, "less"), fault(order.equal, "equal"), fault(order.greater, "greater"),
    ]
    guard let number = place(node, "compared", faults) else { return }
    edits.wrap(
      range(node), "compared(\(number), ",
      ", \(order.less), \(order.equal), \(order.greater))")
    edits.replace(range(node.operator), with: ",")
  }

  override func visit(_ node: InfixOperatorExprSyntax) -> SyntaxVisitorContinueKind {
    guard let sign = node.operator.as(BinaryOperatorExprSyntax.self)?.operator.text else {
      return .visitChildren
    }
    switch sign {
    case "&&", "||":
      imply(node.rightOperand, sign == "&&")
      decide(node.leftOperand)
      decide(node.rightOperand)
    case "+", "-":
      let operands = [node.leftOperand, node.rightOperand]
      guard !operands.contains(where: { $0.is(StringLiteralExprSyntax.self) }) else { break }
      wrap(node.rightOperand, in: "added", ["\(words(node)) without what follows `\(sign)`"])
    case "..<", "...":
      wrap(
        node, in: "ranged", ["\(words(node)) without its first", "\(words(node)) without its last"])
    case "??":
      wrap(node.leftOperand, in: "found", ["\(words(node.leftOperand)) is nil"])
    default:
      if isDecision(node) { compare(node, sign) }
    }
    return .visitChildren
  }

  override func visit(_ node: ConditionElementSyntax) -> SyntaxVisitorContinueKind {
    let conditions = node.parent?.as(ConditionElementListSyntax.self)
    let isFirst = conditions?.first?.id == node.id
    switch node.condition {
    case .expression(let condition):
      if !isFirst { imply(condition, true) }
      // A loop that never ends is found out soon, but not at once.
      if isFirst, conditions?.count == 1, conditions?.parent?.is(WhileStmtSyntax.self) == true {
        imply(condition, false)
      }
      decide(condition)
    case .optionalBinding(let binding):
      guard let value = binding.initializer?.value,
        conditions?.parent?.is(GuardStmtSyntax.self) == false
      else { break }
      wrap(value, in: "found", ["\(words(value)) is nil"])
    default: break
    }
    return .visitChildren
  }

  override func visit(_ node: TernaryExprSyntax) -> SyntaxVisitorContinueKind {
    decide(node.condition)
    return .visitChildren
  }

  override func visit(_ node: WhereClauseSyntax) -> SyntaxVisitorContinueKind {
    decide(node.condition)
    return .visitChildren
  }

  override func visit(_ node: BooleanLiteralExprSyntax) -> SyntaxVisitorContinueKind {
    guard node.parent?.is(ConditionElementSyntax.self) != true else { return .skipChildren }
    let isTrue = node.literal.tokenKind == .keyword(.true)
    wrap(node, in: "decided", [isTrue ? "`true` is false" : nil, isTrue ? nil : "`false` is true"])
    return .skipChildren
  }

  // MARK: Collections

  override func visit(_ node: MemberAccessExprSyntax) -> SyntaxVisitorContinueKind {
    let name = node.declName.baseName.text
    let call = node.parent?.as(FunctionCallExprSyntax.self)
      .flatMap { $0.calledExpression.id == node.id ? $0 : nil }
    let swapped = ["first": "last", "last": "first", "min": "max", "max": "min"][name]
    guard node.base != nil, node.parent?.is(KeyPathPropertyComponentSyntax.self) != true else {
      return .visitChildren
    }
    if let swapped, call != nil || ["first", "last"].contains(name) {
      guard let number = place(node.declName, name, ["`.\(name)` is `.\(swapped)`"]) else {
        return .visitChildren
      }
      let end = range(node.declName).upperBound
      if let parenthesis = call?.leftParen {
        let separator = call?.arguments.isEmpty == true ? "" : ", "
        edits.insert("\(number)\(separator)", at: range(parenthesis).upperBound)
      } else {
        edits.wrap(end..<end, "", "(\(number))")
      }
    } else if ["dropFirst", "dropLast"].contains(name), let call, call.arguments.isEmpty,
      let parenthesis = call.leftParen,
      let number = place(node.declName, name, ["`.\(name)()` drops nothing"])
    {
      edits.insert("added(\(number), 1)", at: range(parenthesis).upperBound)
    }
    return .visitChildren
  }

  override func visit(_ node: FunctionCallExprSyntax) -> SyntaxVisitorContinueKind {
    guard let callee = node.calledExpression.as(DeclReferenceExprSyntax.self)?.baseName.text else {
      return .visitChildren
    }
    if ["precondition", "assert", "fatalError", "preconditionFailure"].contains(callee) {
      return .skipChildren
    }
    if let swapped = ["min": "max", "max": "min"][callee], node.arguments.count == 2,
      let parenthesis = node.leftParen,
      let number = place(node.calledExpression, callee, ["`\(callee)` is `\(swapped)`"])
    {
      edits.replace(range(node.calledExpression), with: "\(callee)imum")
      edits.insert("\(number), ", at: range(parenthesis).upperBound)
    }
    return .visitChildren
  }

  // MARK: Statements

  override func visit(_ node: CodeBlockItemSyntax) -> SyntaxVisitorContinueKind {
    if let call = node.item.as(FunctionCallExprSyntax.self), !isValue(node),
      call.calledExpression.is(MemberAccessExprSyntax.self)
        || call.calledExpression.is(DeclReferenceExprSyntax.self),
      call.calledExpression.trimmedDescription != "self.init"
    {
      leaveOut(call)
    } else if let assignment = node.item.as(InfixOperatorExprSyntax.self), isAssignment(assignment),
      !setsFirst(assignment.leftOperand), !isValue(node)
    {
      leaveOut(assignment)
    }
    return .visitChildren
  }

  private func leaveOut(_ node: some SyntaxProtocol) {
    guard let number = place(node, "left out", ["\(words(node)) is left out"]) else { return }
    edits.wrap(range(node), "if !mutant(\(number)) { ", " }")
  }

  private func isAssignment(_ node: InfixOperatorExprSyntax) -> Bool {
    if node.operator.is(AssignmentExprSyntax.self) { return true }
    guard let text = node.operator.as(BinaryOperatorExprSyntax.self)?.operator.text else {
      return false
    }
    return text.hasSuffix("=") && Self.orders[text] == nil && !Self.equalities.contains(text)
  }

  private func setsFirst(_ target: ExprSyntax) -> Bool {
    if let tuple = target.as(TupleExprSyntax.self) {
      return tuple.elements.contains { setsFirst($0.expression) }
    }
    if let name = target.as(DeclReferenceExprSyntax.self)?.baseName.text {
      return name == "self" || unset.contains(name)
    }
    guard let member = target.as(MemberAccessExprSyntax.self),
      member.base?.as(DeclReferenceExprSyntax.self)?.baseName.text == "self"
    else { return target.is(DiscardAssignmentExprSyntax.self) }
    return unset.contains(member.declName.baseName.text)
  }

  /// Whether a statement is the value of what it is in.
  private func isValue(_ item: CodeBlockItemSyntax) -> Bool {
    guard let list = item.parent?.as(CodeBlockItemListSyntax.self), list.count == 1,
      let owner = list.parent
    else { return false }
    if owner.is(ClosureExprSyntax.self) || owner.is(AccessorBlockSyntax.self) { return true }
    if owner.is(SwitchCaseSyntax.self) { return isValue(branch: owner.parent?.parent) }
    guard owner.is(CodeBlockSyntax.self), let owner = owner.parent else { return false }
    if let function = owner.as(FunctionDeclSyntax.self) {
      return function.signature.returnClause != nil
    }
    return owner.is(IfExprSyntax.self) ? isValue(branch: owner) : owner.is(AccessorDeclSyntax.self)
  }

  private func isValue(branch: Syntax?) -> Bool {
    guard let branch else { return true }
    if let outer = branch.parent?.as(IfExprSyntax.self) { return isValue(branch: Syntax(outer)) }
    guard let statement = branch.parent?.as(ExpressionStmtSyntax.self),
      let item = statement.parent?.as(CodeBlockItemSyntax.self)
    else { return true }
    return isValue(item)
  }

  override func visit(_ node: ContinueStmtSyntax) -> SyntaxVisitorContinueKind {
    guard node.label == nil, leavesLoop(node),
      let number = place(node, "continue", ["`continue` is `break`"])
    else { return .skipChildren }
    edits.insert("if mutant(\(number)) { break }; ", at: start(node))
    return .skipChildren
  }

  override func visit(_ node: BreakStmtSyntax) -> SyntaxVisitorContinueKind {
    guard node.label == nil, leavesLoop(node),
      let number = place(node, "break", ["`break` is `continue`"])
    else { return .skipChildren }
    edits.insert("if mutant(\(number)) { continue }; ", at: start(node))
    return .skipChildren
  }

  /// Whether the innermost thing that could be left is a loop.
  private func leavesLoop(_ node: some SyntaxProtocol) -> Bool {
    var next = node.parent
    while let parent = next {
      // Nothing need follow a loop that has no end of its own.
      if let loop = parent.as(WhileStmtSyntax.self) {
        return loop.conditions.trimmedDescription != "true"
      }
      if parent.is(ForStmtSyntax.self) || parent.is(RepeatStmtSyntax.self) { return true }
      if parent.is(SwitchExprSyntax.self) || parent.is(ClosureExprSyntax.self) { return false }
      next = parent.parent
    }
    return false
  }

  // MARK: What is left alone

  override func visit(_ node: LabeledExprSyntax) -> SyntaxVisitorContinueKind {
    ["explanation", "summary"].contains(node.label?.text) ? .skipChildren : .visitChildren
  }
  override func visit(_ node: StringLiteralExprSyntax) -> SyntaxVisitorContinueKind {
    .skipChildren
  }
  override func visit(_ node: AttributeSyntax) -> SyntaxVisitorContinueKind { .skipChildren }
  override func visit(_ node: FunctionParameterSyntax) -> SyntaxVisitorContinueKind {
    .skipChildren
  }
  override func visit(_ node: ExpressionPatternSyntax) -> SyntaxVisitorContinueKind {
    .skipChildren
  }
  override func visit(_ node: FunctionDeclSyntax) -> SyntaxVisitorContinueKind {
    isText(node.signature.returnClause?.type) ? .skipChildren : .visitChildren
  }
  override func visit(_ node: PatternBindingSyntax) -> SyntaxVisitorContinueKind {
    isText(node.typeAnnotation?.type) ? .skipChildren : .visitChildren
  }

  private func isText(_ type: TypeSyntax?) -> Bool {
    ["String", "[String]", "String?"].contains(type?.trimmedDescription)
  }
}

/// Variables and constants that are declared without a value.
private final class UnsetNames: SyntaxVisitor {
  private(set) var names: Set<String> = []

  override func visit(_ node: PatternBindingSyntax) -> SyntaxVisitorContinueKind {
    let declaration = node.parent?.parent?.as(VariableDeclSyntax.self)
    let isNil =
      node.typeAnnotation?.type.is(OptionalTypeSyntax.self) == true
      && declaration?.bindingSpecifier.tokenKind == .keyword(.var)
    if node.initializer == nil, node.accessorBlock == nil, !isNil {
      let identifiers = node.pattern.tokens(viewMode: .sourceAccurate)
        .filter { if case .identifier = $0.tokenKind { true } else { false } }
      names.formUnion(identifiers.map(\.text))
    }
    return .visitChildren
  }
}

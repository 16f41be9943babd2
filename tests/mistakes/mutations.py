"""Small changes of a syntax tree: an operator, a term, a constant, an index, a statement."""

import ast
from collections.abc import Callable, Iterator
from typing import Any

Change = tuple[str, ast.AST]

OPERATORS: dict[type[ast.operator], list[type[ast.operator]]] = {
    ast.Add: [ast.Sub, ast.Mult],
    ast.Sub: [ast.Add, ast.Mult],
    ast.Mult: [ast.Div, ast.Add],
    ast.Div: [ast.Mult, ast.Sub],
    ast.MatMult: [ast.Mult],
}
COMPARISONS: dict[type[ast.cmpop], list[type[ast.cmpop]]] = {
    ast.Eq: [ast.NotEq, ast.Lt, ast.GtE],
    ast.Lt: [ast.LtE, ast.Eq],
    ast.Gt: [ast.GtE, ast.Eq],
}
FUNCTIONS = {
    "max": ["min", "mean"],
    "sum": ["mean", "max"],
    "mean": ["sum", "max"],
    "exp": ["expm1", "exp2"],
    "log": ["log2", "log1p"],
    "zeros_like": ["ones_like"],
}
TWINS = {"N": "C", "C": "N", "W": "dW", "scores": "P", "P": "scores", "loss": "total"}


def changed_trees(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield (description, source) for every change of one node; the tree is left as it was."""
    for parent in list(ast.walk(tree)):
        for field, value in list(ast.iter_fields(parent)):
            if isinstance(value, ast.AST):
                yield from _in_field(tree, parent, field, value)
            elif isinstance(value, list):
                yield from _in_list(tree, value)


def _in_field(
    tree: ast.Module, parent: ast.AST, field: str, node: ast.AST
) -> Iterator[tuple[str, str]]:
    for description, new in changes(node):
        setattr(parent, field, new)
        yield f"{_place(node)}{description}", ast.unparse(tree)
    setattr(parent, field, node)


def _in_list(tree: ast.Module, nodes: list[ast.AST]) -> Iterator[tuple[str, str]]:
    for k, node in enumerate(list(nodes)):
        for description, new in changes(node) if isinstance(node, ast.AST) else ():
            nodes[k] = new
            yield f"{_place(node)}{description}", ast.unparse(tree)
        nodes[k] = node
        if k and isinstance(node, ast.stmt):
            nodes[k - 1 : k + 1] = [node, nodes[k - 1]]
            yield f"{_place(node)}moved up by one statement", ast.unparse(tree)
            nodes[k - 1 : k + 1] = [nodes[k], node]


def _place(node: ast.AST) -> str:
    return f"line {node.lineno}: " if hasattr(node, "lineno") else ""


def changes(node: ast.AST) -> Iterator[Change]:
    """Yield (description, replacement) for one node."""
    for kind, change in KINDS:
        if isinstance(node, kind):
            for new in change(node):
                yield f"{_shown(node)} becomes {_shown(new)}", new


def _shown(node: ast.AST) -> str:
    return ast.unparse(node).splitlines()[0]


def _operator(node: ast.BinOp) -> Iterator[ast.AST]:
    for operator in OPERATORS.get(type(node.op), []):
        yield ast.BinOp(node.left, operator(), node.right)
    if isinstance(node.op, (ast.Sub, ast.Div, ast.MatMult)):
        yield ast.BinOp(node.right, node.op, node.left)
    yield node.left
    yield node.right


def _sign(node: ast.UnaryOp) -> Iterator[ast.AST]:
    yield node.operand


def _comparison(node: ast.Compare) -> Iterator[ast.AST]:
    for comparison in COMPARISONS.get(type(node.ops[0]), []):
        yield ast.Compare(node.left, [comparison()], node.comparators)


def _constant(node: ast.Constant) -> Iterator[ast.AST]:
    if isinstance(node.value, bool) or not isinstance(node.value, (int, float)):
        return
    for value in (0, 1, 2, -1):
        if value != node.value:
            yield ast.Constant(value)
    yield ast.Constant(node.value * 1.01 + 1e-3)


def _augmented(node: ast.AugAssign) -> Iterator[ast.AST]:
    for operator in OPERATORS.get(type(node.op), []):
        yield ast.AugAssign(node.target, operator(), node.value)
    yield ast.Assign([node.target], node.value, lineno=node.lineno)


def _dropped(node: ast.stmt) -> Iterator[ast.AST]:
    if not isinstance(node, (ast.FunctionDef, ast.Pass)):
        yield ast.Pass()


def _attribute(node: ast.Attribute) -> Iterator[ast.AST]:
    if node.attr == "T":
        yield node.value
    for name in FUNCTIONS.get(node.attr, []):
        yield ast.Attribute(node.value, name, node.ctx)


def _name(node: ast.Name) -> Iterator[ast.AST]:
    if not isinstance(node.ctx, ast.Load):
        return
    if node.id in ("W", "X", "P", "scores", "dW", "p"):
        yield ast.Attribute(node, "T", ast.Load())
    if node.id in ("N", "y", "i"):
        yield ast.BinOp(node, ast.Sub(), ast.Constant(1))
    if node.id in TWINS:
        yield ast.Name(TWINS[node.id], ast.Load())


def _index(node: ast.Subscript) -> Iterator[ast.AST]:
    index = node.slice
    if isinstance(node.ctx, ast.Load) and isinstance(index, ast.Name):
        yield index
    if isinstance(index, ast.Tuple):
        yield ast.Subscript(node.value, ast.Tuple(index.elts[::-1], ast.Load()), node.ctx)
        for element in index.elts:
            yield ast.Subscript(node.value, element, node.ctx)
    if not isinstance(index, (ast.Constant, ast.Tuple)):
        shifted = ast.BinOp(index, ast.Sub(), ast.Constant(1))
        yield ast.Subscript(node.value, shifted, node.ctx)


def _call(node: ast.Call) -> Iterator[ast.AST]:
    if isinstance(node.func, ast.Name) and node.func.id == "range" and len(node.args) == 1:
        yield ast.Call(node.func, [ast.Constant(1), *node.args], [])
        yield ast.Call(node.func, [ast.BinOp(node.args[0], ast.Sub(), ast.Constant(1))], [])
    for keyword in node.keywords:
        rest = [other for other in node.keywords if other is not keyword]
        yield ast.Call(node.func, node.args, rest)
    if len(node.args) == 1:
        yield node.args[0]


def _returned(node: ast.Return) -> Iterator[ast.AST]:
    if isinstance(node.value, ast.Tuple):
        yield ast.Return(ast.Tuple(node.value.elts[::-1], ast.Load()))


KINDS: list[tuple[type[ast.AST], Callable[[Any], Iterator[ast.AST]]]] = [
    (ast.BinOp, _operator),
    (ast.UnaryOp, _sign),
    (ast.Compare, _comparison),
    (ast.Constant, _constant),
    (ast.AugAssign, _augmented),
    (ast.stmt, _dropped),
    (ast.Attribute, _attribute),
    (ast.Name, _name),
    (ast.Subscript, _index),
    (ast.Call, _call),
    (ast.Return, _returned),
]

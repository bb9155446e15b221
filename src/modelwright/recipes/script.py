"""Free code as a recipe: its source is a parameter, and it only ever runs behind a wall.

The worker sees to that (`worker.scripted`): it hands the source to a process that knows no answers, and takes back
arrays. So `build` here is never called in a process of ours.
"""

import ast
from typing import TYPE_CHECKING, Any

from ..records.space import Space

if TYPE_CHECKING:
    from ..records.experiment import Params
    from ..records.problem import Problem
    from ..records.profile import Profile

SCRIPT = "script"  # the recipe's name
CODE = "code"  # its parameter that holds the source
LONGEST = 60_000  # characters
SEEDS = ("seed", "random_state", "random_seed", "seed_value")  # names of arguments whose number makes no other model


class Script:
    """A module that defines `build(problem, params)` and returns an estimator like those of scikit-learn."""

    name = SCRIPT
    family = "script"

    def applies(self, problem: "Problem", profile: "Profile") -> str | None:  # noqa: ARG002
        """Never by itself: somebody has to write the code."""
        return "it needs code that somebody wrote"

    def build(self, problem: "Problem", params: "Params") -> Any:  # noqa: ARG002
        """Not here. Raises RuntimeError, for free code runs behind a wall only."""
        raise RuntimeError("free code is run behind a wall by the worker, never here")

    def space(self, problem: "Problem", profile: "Profile") -> Space:  # noqa: ARG002
        """Nothing that is known beforehand."""
        return {}

    def effort(self, problem: "Problem", profile: "Profile", params: "Params", rows: int) -> float:  # noqa: ARG002
        """A guess for lack of any better: as a boosted model takes, and the start of a process."""
        seconds = params.get("seconds")
        if isinstance(seconds, int | float) and seconds > 0:
            return float(seconds)
        return 3.0 + 2e-4 * rows


def flaw(code: str) -> str:
    """Why this is no script, without running any of it; "" when it may be one."""
    if len(code) > LONGEST:
        return f"the script has {len(code)} characters, more than the {LONGEST} allowed"
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = getattr(error, "lineno", None)
        return f"the script is no Python: {getattr(error, 'msg', error)}" + (f" (line {line})" if line else "")
    names = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    named = {
        t.id for node in tree.body if isinstance(node, ast.Assign) for t in node.targets if isinstance(t, ast.Name)
    }
    imported = {a.asname or a.name for node in tree.body if isinstance(node, ast.ImportFrom) for a in node.names}
    if "build" not in names | named | imported:
        return "the script defines no function build(problem, params)"
    return ""


def essence(code: str) -> str:
    """What the code does, as text: alike for scripts that differ in comments, layout, docstrings or seeds only.

    Code that does not parse is its own essence.
    """
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return code
    return ast.dump(_Plainer().visit(tree))


class _Plainer(ast.NodeTransformer):
    """Leaves out docstrings, and sets the numbers of seeds to nothing."""

    def visit_Expr(self, node: ast.Expr) -> ast.AST | None:
        """A string that stands alone says nothing to Python."""
        if isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            return None
        return self.generic_visit(node)

    def visit_keyword(self, node: ast.keyword) -> ast.AST:
        """random_state=7 is random_state=0."""
        if node.arg in SEEDS and isinstance(node.value, ast.Constant):
            node.value = ast.Constant(0)
        return self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        """SEED = 7 is SEED = 0."""
        names = [target.id.lower() for target in node.targets if isinstance(target, ast.Name)]
        if any(name in SEEDS for name in names) and isinstance(node.value, ast.Constant):
            node.value = ast.Constant(0)
        return self.generic_visit(node)

"""Templates to text: the one place that knows Jinja."""

from functools import cache
from typing import Any

from . import figures


def render(template: str, **context: Any) -> str:
    """Fill a template of `deliver/templates`. HTML is escaped unless marked safe; Markdown is taken as it is."""
    return str(_environment().get_template(template).render(**context))


@cache
def _environment() -> Any:
    """One for the process, as it compiles each template once."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("modelwright.deliver"),
        autoescape=jinja2.select_autoescape(enabled_extensions=("html", "html.j2"), default=False),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    for name in ("number", "plain", "count", "percent", "duration"):
        environment.filters[name] = getattr(figures, name)
    environment.globals["with_error"] = figures.with_error
    environment.globals["change"] = figures.change
    return environment

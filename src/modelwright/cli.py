"""The command line: verbs only. What they do is in `api`, what they show is in `board`.

Heavy modules are imported by the verb that needs them, so that `--help` stays quick.
"""

import os
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from .errors import ModelwrightError, RunError, SettingsError
from .settings import Settings, seconds

if TYPE_CHECKING:
    from .api import Run
    from .chapters.asking import Asker

app = typer.Typer(
    name="modelwright",
    help="An autonomous machine-learning engineer: a task folder and a budget in; a checked submission, a report and "
    "a model out.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _setting(name: str, more: str = "") -> Any:
    """An option for one field of Settings, with the field's own sentence as its help."""
    return typer.Option(help=f"{Settings.model_fields[name].description} {more}".strip())


Task = Annotated[
    str,
    typer.Argument(
        metavar="TASK",
        help="Folder with a description and tables, an archive of one, one table, or the address of a database as in "
        "postgresql://host/name.",
    ),
]
RunFolder = Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a run.")]
Target = Annotated[
    list[str] | None, typer.Option(help="Column to predict, where the folder does not say; repeat it for several.")
]
Metric = Annotated[str | None, typer.Option(help="Metric to be judged by, where the folder does not say.")]
About = Annotated[str | None, typer.Option(help="The task in a sentence, where there is no description.")]
TaskFile = Annotated[Path | None, typer.Option(help="An edited task.toml; what it says goes before what is read.")]
Budget = Annotated[str | None, _setting("budget", "Written like 90s, 2m or 1h30m; 1h when nothing is said.")]
Experiments = Annotated[int | None, _setting("experiments")]
Seed = Annotated[int, _setting("seed")]
Jobs = Annotated[int, _setting("jobs")]
Threads = Annotated[int, _setting("threads")]
MemoryMb = Annotated[int, _setting("memory_mb")]
StrategistName = Annotated[str, _setting("strategist")]
Checkpoint = Annotated[list[str] | None, _setting("checkpoint")]
Hub = Annotated[bool, typer.Option("--hub", help=Settings.model_fields["hub"].description)]
Llm = Annotated[list[str] | None, _setting("llm")]
LlmUrl = Annotated[str | None, _setting("llm_url")]
LlmBudget = Annotated[str, _setting("llm_budget")]
LlmSeconds = Annotated[float, _setting("llm_seconds")]
LlmPrivacy = Annotated[str, _setting("llm_privacy")]
Sandbox = Annotated[str, _setting("sandbox")]
AllowUnsandboxed = Annotated[
    bool, typer.Option("--allow-unsandboxed", help=Settings.model_fields["allow_unsandboxed"].description)
]
Ask = Annotated[
    bool, typer.Option("--ask", help="Ask about close readings of the task, where there is a terminal to ask at.")
]
Quiet = Annotated[bool, typer.Option("--quiet", help="Say nothing but one line at the end.")]
Events = Annotated[bool, typer.Option("--events", help="Write what happens as JSON lines to stdout, nothing else.")]


@app.command()
def run(
    context: typer.Context,
    task: Task,
    budget: Budget = None,
    experiments: Experiments = None,
    out: Annotated[Path | None, typer.Option(help="Run folder to make; runs/NAME-TIME when nothing is said.")] = None,
    task_file: TaskFile = None,
    target: Target = None,
    metric: Metric = None,
    about: About = None,
    seed: Seed = 0,
    jobs: Jobs = 0,
    threads: Threads = 0,
    memory_mb: MemoryMb = 0,
    strategist: StrategistName = "auto",
    checkpoint: Checkpoint = None,
    hub: Hub = False,
    llm: Llm = None,
    llm_url: LlmUrl = None,
    llm_budget: LlmBudget = "5usd",
    llm_seconds: LlmSeconds = 180.0,
    llm_privacy: LlmPrivacy = "schema",
    sandbox: Sandbox = "auto",
    allow_unsandboxed: AllowUnsandboxed = False,
    ask: Ask = False,
    quiet: Quiet = False,
    events: Events = False,
) -> None:
    """Work on a task until the budget is spent; leave a submission, a report and a model.

    Ctrl-C finishes with the best so far; a second Ctrl-C ends at once.
    """
    from . import api, board

    wall = seconds(budget) if budget is not None else None if experiments is not None else 3600.0
    watcher = board.watch(_title(task), quiet=quiet, events=events, budget=wall, experiments=experiments)
    with _bugs_go_to(out), watcher as listen:
        done = api.run(
            task,
            target or None,
            metric=metric,
            about=about,
            budget=wall,
            experiments=experiments,
            out=out,
            task_file=task_file,
            seed=seed,
            jobs=jobs,
            threads=threads,
            memory_mb=memory_mb,
            strategist=strategist,
            checkpoint=checkpoint or (),
            hub=hub,
            llm=llm or (),
            llm_url=llm_url,
            llm_budget=llm_budget,
            llm_seconds=llm_seconds,
            llm_privacy=llm_privacy,
            sandbox=sandbox,
            allow_unsandboxed=allow_unsandboxed,
            listen=listen,
            began=context.obj() if context.obj else None,
            ask=_asker(ask, watcher.paused),
        )
    _end(done, quiet, events)


@app.command()
def plan(
    task: Task,
    out: Annotated[Path | None, typer.Option(help="Where to write what was understood; ./task.toml.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a task.toml that is there already.")] = False,
    task_file: TaskFile = None,
    target: Target = None,
    metric: Metric = None,
    about: About = None,
    seed: Seed = 0,
    ask: Ask = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON; a task.toml is then written only with --out.")
    ] = False,
) -> None:
    """Say what is understood of a task and how it would be judged, write task.toml, and stop before spending."""
    from . import api, views
    from .task.addresses import hide

    written = out if out is not None or as_json else Path("task.toml")
    if written is not None and written.exists() and not force:
        raise SettingsError(f"{written} is there already and may be edited: use --force, or --out with another name.")
    understood = api.plan(
        task,
        target or None,
        metric=metric,
        about=about,
        task_file=task_file,
        seed=seed,
        out=written,
        ask=_asker(ask),
    )
    if as_json:
        print(views.understood_json(understood))
    else:
        views.terminal().print(views.understood_text(understood))
        print(f"\nwritten to {written}: edit it and pass it to `modelwright run {hide(task)} --task-file {written}`")


@app.command()
def resume(
    run: RunFolder,
    budget: Annotated[
        str | None,
        typer.Option(help="Time for the run as a whole, with what it has used; as before if nothing is said."),
    ] = None,
    quiet: Quiet = False,
    events: Events = False,
) -> None:
    """Go on with a run that was ended early; nothing that finished is run again."""
    from . import api, board, views

    wall = seconds(budget) if budget is not None else None
    left = views.time_left(api.open_run(run), wall)
    with _bugs_go_to(run), board.watch(run.resolve().name, quiet=quiet, events=events, budget=left) as listen:
        done = api.resume(run, budget=wall, listen=listen)
    _end(done, quiet, events)


@app.command()
def ls(folder: Annotated[Path, typer.Argument(help="Folder that holds run folders.")] = Path("runs")) -> None:
    """List the runs in a folder: metric, score, sealed check, experiments, state and age."""
    from . import api, views

    found = api.runs(folder)
    if found:
        views.terminal().print(views.runs_table(found))
    else:
        print(f"no runs in {folder}: start one with `modelwright run TASK`.")


@app.command()
def status(run: RunFolder) -> None:
    """Say where a run stands: score, what runs now, and the last verdicts."""
    from . import views

    with _opened(run) as found:
        views.terminal().print(views.status_text(found))


@app.command()
def show(run: RunFolder, number: Annotated[int, typer.Argument(help="Number of the experiment.")]) -> None:
    """Show one experiment: what changed, why, score per fold, cost, log and traceback."""
    from . import views

    with _opened(run) as found:
        experiment = next((e for e in found.experiments if e.number == number), None)
        if experiment is None:
            raise RunError(f"{run} has no experiment {number}: it has {views.numbers(found)}.")
        views.terminal().print(views.experiment_text(found, experiment))


@app.command()
def report(run: RunFolder) -> None:
    """Write report.html anew and print where it is."""
    with _opened(run) as found:
        print(found.report())


@app.command()
def predict(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a run, or of its bundle.")],
    table: Annotated[
        Path,
        typer.Argument(metavar="TABLE", help="New rows: csv, tsv, json, jsonl or parquet; or a folder of pictures."),
    ],
    out: Annotated[Path, typer.Option(help="Where to write the predictions, as csv.")] = Path("predictions.csv"),
    fresh: Annotated[
        list[str] | None,
        typer.Option("--table", metavar="NAME=FILE", help="A fresh version of another table of the task; repeatable."),
    ] = None,
    sandbox: Sandbox = "auto",
    allow_unsandboxed: AllowUnsandboxed = False,
) -> None:
    """Predict new rows with the model of a run."""
    from .deliver import bundle
    from .workspace import Workspace

    if out.resolve() == table.resolve():
        raise SettingsError(f"{out} holds the rows to predict: choose another --out.")
    if not out.resolve().parent.is_dir():
        raise SettingsError(f"{out} cannot be written, {out.parent} is no folder: make it, or choose another --out.")
    with _bugs_go_to(run if Workspace(run).journal.exists() else None):
        model = bundle.load(run, sandbox=sandbox, allow_unsandboxed=allow_unsandboxed)
        answers = model.predict(table, _named_files(fresh or []))
        answers.to_csv(out, index=False)
    print(f"{len(answers)} predictions written to {out}")


def _named_files(pairs: list[str]) -> dict[str, Path]:
    """NAME=FILE of the command line. Raises SettingsError for another form and for a file that is not there."""
    found = {}
    for pair in pairs:
        name, _, file = pair.partition("=")
        if not name or not file:
            raise SettingsError(f"--table {pair!r} should be NAME=FILE, as in orders=new_orders.csv.")
        if not Path(file).exists():
            raise SettingsError(f"--table {name}: {file} does not exist.")
        found[name] = Path(file)
    return found


@app.command()
def mcp(
    root: Annotated[
        list[Path] | None,
        typer.Option(help="Folder below which tasks and runs may lie, the current one by default; repeatable."),
    ] = None,
    http: Annotated[
        str | None,
        typer.Option(
            metavar="[HOST:]PORT",
            help="Serve over HTTP, on 127.0.0.1 unless a host is given. There is no authentication: keep it local.",
        ),
    ] = None,
    budget: Annotated[
        str | None,
        typer.Option(help="Time that a run may take at most, and takes when the agent names none; 1h by default."),
    ] = None,
    jobs: Jobs = 0,
    threads: Threads = 0,
    memory_mb: MemoryMb = 0,
    checkpoint: Checkpoint = None,
    hub: Hub = False,
    sandbox: Sandbox = "auto",
    allow_unsandboxed: AllowUnsandboxed = False,
) -> None:
    """Let a coding agent plan and run experiments under our judge: an MCP server, over stdin and stdout or HTTP."""
    from . import mcp_desks, mcp_server

    settings = {"jobs": jobs, "threads": threads, "memory_mb": memory_mb, "checkpoint": tuple(checkpoint or ())}
    settings |= {"hub": hub, "sandbox": sandbox, "allow_unsandboxed": allow_unsandboxed}
    office = mcp_desks.Office(root or [Path()], seconds(budget or "1h"), settings)
    mcp_server.serve(office, http)


@app.command()
def version() -> None:
    """Print the version."""
    from importlib.metadata import version as installed

    print(installed("modelwright"))


def _title(task: str) -> str:
    """What to call a task before it was read."""
    from .task.addresses import is_address, title

    return title(task) if is_address(task) else Path(task).resolve().name


def _asker(wanted: bool, pause: "Callable[[], AbstractContextManager[object]]" = nullcontext) -> "Asker | None":
    """Who puts questions; nobody where it is not wanted, or where there is no terminal, which is said."""
    if not wanted:
        return None
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        print("--ask: there is no terminal to ask at, so the likeliest readings are taken.", file=sys.stderr)
        return None
    from .chapters.asking import Asker

    return Asker(pause=pause)


@contextmanager
def _opened(path: Path) -> "Iterator[Run]":
    from . import api

    with _bugs_go_to(path):
        yield api.open_run(path)


def _end(done: "Run", quiet: bool, events: bool) -> None:
    from . import views

    if quiet and not events:
        print(views.summary_line(done))
    elif not events:
        views.terminal().print(views.summary(done))


class _BugError(Exception):
    """An exception that is no ModelwrightError, with the folder whose log shall hold it."""

    def __init__(self, folder: Path | None) -> None:
        super().__init__()
        self.folder = folder


@contextmanager
def _bugs_go_to(folder: Path | None) -> Iterator[None]:
    """Let the traceback of a bug of ours go to the log of this run folder."""
    try:
        yield
    except (ModelwrightError, BrokenPipeError):  # typer ends quietly when the reader of a pipe has left
        raise
    except Exception as error:  # a border: `main` turns it into one line and a log
        raise _BugError(folder) from error


def _process_began() -> float:
    """When this process was started, as a time.monotonic() value: a budget counts from there, start-up included.

    Linux says it exactly; elsewhere the processor time used so far has to do, which is less on a busy machine.
    """
    if sys.platform == "linux":
        fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
        ticks = int(fields[19])  # field 22 of proc(5), since boot; the name in brackets before may hold blanks
        return time.monotonic() - (time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK"))
    return time.monotonic() - time.process_time()


def main() -> NoReturn:
    """Entry point. Exit codes: 0 done, 1 a bug of ours, 2 wrong input, 130 ended by Ctrl-C."""
    try:
        app(obj=_process_began)
    except ModelwrightError as error:
        _fail(f"error: {error}", 2)
    except _BugError as bug:
        _report(bug.__cause__ or bug, bug.folder)
    except Exception as error:  # noqa: BLE001 - the outermost border
        _report(error, None)
    sys.exit(0)


def _report(error: BaseException, folder: Path | None) -> NoReturn:
    """One line for people, the traceback for the log of the run or a file of its own."""
    if folder is not None and folder.is_dir():
        log = folder / "run.log"
    else:
        log = Path(tempfile.mkstemp(prefix="modelwright-", suffix=".log")[1])
    told = "".join(traceback.format_exception(error))
    if not log.exists() or told not in log.read_text():  # a run writes its own log before we hear of it
        with log.open("a") as file:
            file.write(told)
    _fail(f"internal error: {type(error).__name__}: {error} (details in {log})", 1)


def _fail(message: str, code: int) -> NoReturn:
    print(" ".join(message.split()), file=sys.stderr)
    sys.exit(code)


if __name__ == "__main__":
    main()

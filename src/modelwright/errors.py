"""What can go wrong, as a tree. Each message is one sentence: the bad value, and the way out.

    ModelwrightError          the base; the command line prints it and ends with exit code 2
    ├── TaskError             the task folder, its description or its tables
    │   └── TableError        one file that cannot be read as a table
    ├── SettingsError         a flag, a field of task.toml, a budget, a name nobody knows
    ├── RunError              a run folder: missing, of another version, in use, not finished
    └── SubmissionError       a submission that contradicts its sample or its test rows

A candidate's failure (a crash, a time-out, bad predictions) is never an exception here: it is a value of
`records.experiment.Status`. Anything else that reaches the user as an exception is a bug of ours.
"""


class ModelwrightError(Exception):
    """Base of all errors meant for the user: one sentence naming the bad value and the way out."""


class TaskError(ModelwrightError):
    """The task folder, its description or its tables cannot be used as they are."""


class TableError(TaskError):
    """One file cannot be read as a table; the message names the file, and the line where it is known."""


class SettingsError(ModelwrightError):
    """A flag, a field of task.toml or a name is wrong; the message names it and what would be accepted."""


class RunError(ModelwrightError):
    """A run folder is missing, in use, of another version or not far enough for what was asked."""


class SubmissionError(ModelwrightError):
    """A submission contradicts the sample submission or the rows asked for."""

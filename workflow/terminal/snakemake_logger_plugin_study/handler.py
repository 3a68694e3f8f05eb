"""One line for every job that has ended, and a footer with the share of the work done, the time left and what runs."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from logging import INFO, WARNING, LogRecord
from typing import Any

from snakemake_interface_logger_plugins.common import LogEvent

from lib.base.jobs import usage_of
from lib.costs.progress import Progress
from lib.words.durations import duration
from lib.words.jobs import JobWords
from lib.words.language import _, ngettext

from . import ending, failures
from .facts import Facts
from .screen import BOLD, DIM, RED, YELLOW, Screen, printable, shortened

SECONDS_BETWEEN_FOOTERS = 1.0
MOST_RUNNING = 4  # jobs that the footer names
NOTHING_TO_DO = "Nothing to be done"
STOPPING = "Terminating processes on user request"
FINISHING = "Will exit after finishing currently running jobs"  # after SIGTERM
# Messages of Snakemake that the end of the run states in other words.
RESTATED = ("Exiting because a job execution failed", "WorkflowError:\nAt least one job did not complete")
FIRST_PICTURE = "draw_default_filters"  # the rule


@dataclass(frozen=True)
class Running:
    """A job that has started: its rule, its words, its logs, its first output, and when it started."""

    rule: str
    words: JobWords
    logs: tuple[str, ...]
    output: str
    start: float


class Display:
    """What a run shows, event by event.

    Parameters
    ----------
    screen : where it is shown.
    know : returns what is known about the run; called once its jobs are known.
    clock : returns seconds.
    """

    def __init__(self, screen: Screen, know: Callable[[], Facts], clock: Callable[[], float] = time.monotonic) -> None:
        self.screen = screen
        self._know = know
        self._clock = clock
        self._start = clock()
        self._facts = Facts()
        self._progress = Progress({}, 1)
        self._running: dict[int, Running] = {}
        self._failed: set[int] = set()
        self._message = ""  # of Snakemake, on the last failed command
        self._interrupted = self._finishing = self._idle = self._begun = False
        self._stop = threading.Event()
        self._shown: dict[LogEvent, Callable[[Any], None]] = {
            LogEvent.RUN_INFO: self._begin,
            LogEvent.JOB_INFO: self._job_starts,
            LogEvent.JOB_FINISHED: self._job_ends,
            LogEvent.JOB_ERROR: lambda record: self._job_fails(vars(record)),
            LogEvent.GROUP_ERROR: self._group_fails,
            LogEvent.ERROR: self._error,
        }

    def show(self, record: LogRecord) -> None:
        """Show what a record of Snakemake says."""
        event = getattr(record, "event", None)
        if event in self._shown:
            self._shown[event](record)
        elif record.levelno >= WARNING:
            self._warn(record)
        elif event is None and record.levelno == INFO:
            self._inform(record.getMessage())

    def tick(self) -> None:
        """Draw the footer again, for time has passed."""
        self.screen.show(list(self._footer()) if self._begun else [])

    def start_ticking(self, tick: Callable[[], None]) -> None:
        """Call a function once per `SECONDS_BETWEEN_FOOTERS` until the run ends, on a terminal alone."""

        def repeat() -> None:
            while not self._stop.wait(SECONDS_BETWEEN_FOOTERS):
                tick()

        if self.screen.live:
            threading.Thread(target=repeat, daemon=True).start()

    def close(self) -> None:
        """Show how the run ended."""
        self._stop.set()
        self.screen.release()
        if lines := list(self._ending()):
            self.screen.print(*lines)

    def _begin(self, record: LogRecord) -> None:
        self._facts = self._know()
        self._progress = Progress(self._facts.planned, self._facts.cores)
        if not self._facts.planned:  # only targets such as all, which do nothing
            self._idle = True
            return
        count, cores = len(self._facts.planned), self._facts.cores
        jobs = ngettext("{count} job", "{count} jobs", count).format(count=count)
        places = ngettext("{count} core", "{count} cores", cores).format(count=cores)
        if not self._facts.is_local:
            places = _("a cluster")
        line = _("{study}: {jobs} on {places}, about {time}.").format(
            study=self._facts.study or _("this run"), jobs=jobs, places=places, time=self._time_left()
        )
        self.screen.print(self.screen.styled(line, BOLD))
        self._begun = True
        self.screen.capture()
        self.tick()

    def _job_starts(self, record: Any) -> None:
        if record.output:
            words = self._facts.words(record.rule_name, record.wildcards)
            logs, now = tuple(map(str, record.log)), self._clock()
            self._running[record.jobid] = Running(record.rule_name, words, logs, str(record.output[0]), now)
            self._progress.start(record.jobid, now)
            self.tick()

    def _job_ends(self, record: Any) -> None:
        job = self._running.pop(record.job_id, None)
        if job is None:
            return
        seconds = self._seconds(job)
        self._failed.discard(record.job_id)  # an earlier attempt failed
        self._progress.finish(record.job_id, seconds)
        self._print_line(duration(seconds), job.words.done)
        if job.rule == FIRST_PICTURE:
            self.screen.print(self.screen.styled(_("First filters: {file}").format(file=job.output), BOLD))
        self.tick()

    def _seconds(self, job: Running) -> float:
        """Return the seconds of a job that has ended; on a cluster, without the time in the queue."""
        if not self._facts.is_local:
            for usage in filter(None, map(usage_of, job.logs)):
                return usage.seconds
        return self._clock() - job.start

    def _print_line(self, time_taken: str, text: str) -> None:
        """Print a line on a job that has ended; where no footer can stay, with the share done and the time left."""
        if self.screen.live:
            self.screen.print(shortened(f"{time_taken:>8}  {printable(text)}", self.screen.width - 1))
            return
        state = _("{share} %, {time} left").format(share=self._share(), time=self._time_left())
        self.screen.print(shortened(f"{state:<22}{time_taken:>8}  {printable(text)}", 190))

    def _share(self) -> int:
        return int(100 * self._progress.share(self._clock()))

    def _time_left(self) -> str:
        return duration(self._progress.seconds_left(self._clock()))

    def _job_fails(self, facts: Mapping[str, Any], known: list[str] | None = None) -> None:
        """Show why a job failed. known: the errors in its log, if they were read already."""
        job = self._running.pop(facts["jobid"], None)
        if job is None:  # a job of a group that was shown
            return
        self._progress.stop(facts["jobid"])
        sentences = failures.sentences_of(job.logs) if known is None else known
        if self._interrupted or failures.INTERRUPTED in sentences:
            return
        self._failed.add(facts["jobid"])
        named = map(str, (*(facts.get("log") or ()), *(facts.get("aux_logs") or ())))
        others = [] if sentences else [log for log in dict.fromkeys(named) if log not in job.logs]  # of a cluster
        of_slurm = failures.refused_by_slurm(facts.get("rule_msg")) or failures.ended_by_slurm(others)
        for sentence in sentences or of_slurm or [failures.unexplained(self._message, job.logs)]:
            self._print_fault(f"{job.words.running}: {sentence}")
        logs = [*job.logs, *others]
        self.screen.print(*("  " + _("log: {file}").format(file=log) for log in logs))
        self.tick()

    def _group_fails(self, record: Any) -> None:
        """Show the jobs of a group whose logs have errors, all of them if none has."""
        jobs = {info["jobid"]: info for info in record.job_error_info if info["jobid"] in self._running}
        found = {number: failures.sentences_of(self._running[number].logs) for number in jobs}
        for number in [number for number in jobs if found[number]] or jobs:
            self._job_fails({"aux_logs": record.aux_logs} | jobs[number], found[number])
        for number in jobs:  # the others of the group did not run, or run again
            self._running.pop(number, None)
            self._progress.stop(number)

    def _error(self, record: Any) -> None:
        text = record.getMessage()
        if "CalledProcessError" in text:  # the job's own error follows
            self._message = text
        elif not text.startswith(RESTATED) and record.exception != "KeyboardInterrupt":
            self._print_fault(failures.system_fault() or text)

    def _warn(self, record: LogRecord) -> None:
        text = record.getMessage()
        if text.startswith(RESTATED) or not text.strip():
            return
        if record.levelno > WARNING:
            self._print_fault(text)
        else:
            first, *others = text.strip().splitlines()
            self.screen.print(
                self.screen.styled(_("warning: {text}").format(text=printable(first)), YELLOW), *map(printable, others)
            )

    def _print_fault(self, text: str) -> None:
        first, *others = text.strip().removeprefix("error: ").splitlines() or [""]
        self.screen.print(self.screen.styled(f"error: {printable(first)}", RED), *map(printable, others))

    def _inform(self, text: str) -> None:
        if text.startswith(NOTHING_TO_DO):
            self._facts, self._idle = self._know(), True
        elif text.startswith(STOPPING):
            self._interrupted = True
            self._begun = False
            self.screen.show([])
            self.screen.print(_("Stopping the jobs that run …"))
        elif text.startswith(FINISHING) and not self._finishing:
            self._finishing = True
            self.screen.print(_("Waiting for the jobs that run; no other job starts …"))

    def _footer(self) -> Iterator[str]:
        width, now = self.screen.width - 1, self._clock()
        share, finished = self._share(), self._progress.finished
        counts = _("{done} of {count} jobs").format(done=finished, count=len(self._facts.planned))
        left = _("{time} left").format(time=self._time_left())
        state = f" {share:3d} %  {counts}  {left}"
        room = max(0, min(40, width - len(state) - len(self._facts.study) - 1))
        filled = room * share // 100
        head = shortened(f"{self._facts.study} {'━' * filled}{'╌' * (room - filled)}{state}", width)
        yield self.screen.styled("─" * width, DIM)
        yield self.screen.styled(head, BOLD)
        jobs = list(self._running.values())
        for job in jobs[:MOST_RUNNING]:
            line = shortened(f"{duration(now - job.start):>8}  {printable(job.words.running)} …", width)
            yield self.screen.styled(line, DIM)
        if (more := len(jobs) - MOST_RUNNING) > 0:
            text = ngettext("and {count} more job", "and {count} more jobs", more).format(count=more)
            yield self.screen.styled(f"{'':10}{text}", DIM)

    def _ending(self) -> Iterator[str]:
        facts, width = self._facts, self.screen.width - 1
        name, done = facts.study or _("this run"), self._progress.finished
        waiting, passed = len(facts.planned) - done - len(self._failed), self._clock() - self._start
        if self._idle:
            yield ending.nothing_to_do(name)
        elif not facts.planned:
            return  # an error before the first job was shown
        elif self._interrupted or (self._finishing and waiting and not self._failed):
            yield from ending.interrupted(name, done, waiting + len(self._failed), passed)
        elif waiting == 0 and not self._failed:
            yield self.screen.styled(ending.finished(name, done, passed), BOLD)
            yield from ending.results(facts.folder, facts.outputs, width)
        else:
            yield from ending.failed(name, len(self._failed), done, waiting)
            if facts.log:
                yield _("Snakemake’s full text: {file}").format(file=facts.log)

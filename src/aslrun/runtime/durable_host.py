"""The host whose executions are kept in a store: what is told is written before it is applied.

The driver's side of it is ``journal``: it takes a batch of what was told, has it written, and hands it back to be
applied. Here is what needs no waiting.

Rules that a change must keep:

1. An event is applied after it was written, in the order in which it was told. What an event brings about is told
   together, so it is written together: a parent and the child that it starts are stored both or not at all.
2. What is rebuilt of an execution ends with the last event that was applied, whatever is written already.
3. An execution that waits may leave memory at any time between two events; whoever looks at it finds it there again.
   Only its name, its place in the journal and its next deadline stay (``DurableRun`` says what).
4. An acknowledgement means: written, applied, and the task was still outstanding then.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, cast
from weakref import WeakValueDictionary

from ..definition.model import MapState
from ..engine.events import Event, News, Redriven
from ..engine.execution import Execution
from ..engine.limits import Limits
from ..errors import StoreDamaged
from ..resources.registry import Resources
from ..stores.protocols import RUNNING, Birth, Change, ExecutionStore, Listed, Query, Snapshot, Standing
from ..stores.signing import TokenSigner
from .children import result as child_result
from .durable_run import DurableRun, can_sleep, patience
from .fresh_stack import on_fresh_stack
from .host import Host
from .naming import Place
from .runs import Run
from .stored import About, Definitions, about_of, event_text, rebuild, records_text, state_text

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_ENDED = 1_000  # executions that are over and still in memory
MOST_AT_ONCE = 2_000  # events of a batch, before others have their turn


class DurableHost(Host):
    """A host over a store; ``most_awake`` executions that wait stay in memory as a whole."""

    def __init__(
        self,
        resources: Resources,
        now: Callable[[], float],
        tokens: TokenSigner,
        place: Place,
        limits: Limits | None,
        store: ExecutionStore,
        most_awake: int,
    ) -> None:
        super().__init__(resources, now, tokens, place, limits)
        self.store = store
        self.definitions = Definitions()
        self.pending: list[tuple[DurableRun, Event]] = []
        self.accepted = self.done = 0  # events that are to be written, and those that are applied
        self.told: Callable[[], None] = lambda: None
        self.changed: dict[DurableRun, None] = {}  # whose standing or snapshot is to be written
        self._verdicts: dict[int, bool] = {}  # by the ids of the events that somebody asks about
        self._most_awake = most_awake
        self._awake: OrderedDict[DurableRun, None] = OrderedDict()
        self._ended: OrderedDict[DurableRun, None] = OrderedDict()
        self._seen: WeakValueDictionary[str, DurableRun] = WeakValueDictionary()
        self._snapshots: dict[DurableRun, Snapshot] = {}
        self._forgotten: list[str] = []
        self._going: list[str] = []  # forgotten, which is being written

    # ------------------------------------------------------------------ executions

    def _new_run(self, execution: Execution, parent: tuple[Run, int] | None) -> Run:
        run = DurableRun(self, execution.identity.arn, parent)
        run.asleep = False
        run.execution, run.records, run.tasks = execution, [], {}
        if parent is None:
            run.definition = self.definitions.text(execution.machine)
        else:
            above, task = parent
            assert isinstance(above, DurableRun)
            run.definition = above.definition
            run.way = (*above.way, above.execution.tasks[task][1].state)
        return run

    def known(self, arn: str) -> Run | None:
        """The execution with this ARN, or ``None``; one that is over may come out of the store."""
        run = self.runs.get(arn) or self._seen.get(arn)
        if run is not None or arn in self._forgotten or arn in self._going:
            return run
        stored = self.store.load(arn)
        if stored is None:
            return None
        found = self._stub(arn, stored.position, stored.standing)
        self._keep_ended(found)
        return found

    def _stub(self, arn: str, position: int, standing: Standing) -> DurableRun:
        run = DurableRun(self, arn)
        run.told = run.applied = position
        run.finished = standing.status != RUNNING
        self.runs[arn] = run
        return run

    def enlist(self, listed: Listed) -> DurableRun:
        """An execution of the store that is not over; it sleeps until its deadline."""
        standing = Standing(listed.status, listed.stopped, listed.due, listed.asleep)
        run = self._stub(listed.arn, listed.position, standing)
        if listed.asleep and listed.due is not None:
            self.agenda.set_alarm(run, listed.due)
        return run

    def _keep_ended(self, run: DurableRun) -> None:
        """One more is over: the one that was so for longest leaves memory, but not the store."""
        self._awake.pop(run, None)
        self._ended[run] = None
        while len(self._ended) > MOST_ENDED:
            gone, _ = self._ended.popitem(last=False)
            if gone.finished and self.runs.get(gone.arn) is gone:
                del self.runs[gone.arn]
                self._seen[gone.arn] = gone  # whoever still has it has the only one
                if not gone.asleep:
                    self._forget_files(gone)

    def _forget_files(self, run: Run) -> None:
        for map_run in run.execution.map_runs:
            self.files.forget(map_run)

    def _forget_children(self, child: Run) -> None:
        """They are counted with the others that are over."""

    def _drop(self, run: Run) -> None:
        self.runs.pop(run.arn, None)
        self._seen.pop(run.arn, None)
        assert isinstance(run, DurableRun)
        self._ended.pop(run, None)
        self.changed.pop(run, None)
        self._snapshots.pop(run, None)
        if not run.asleep:
            self._forget_files(run)

    def forget(self, run: Run) -> None:
        """Drop an execution that is over from memory and, with the next batch, from the store."""
        children = [each for each in self._ended if each.parent is not None and each.parent[0] is run]
        for each in (run, *children):
            self._drop(each)
        self._forgotten.append(run.arn)
        self.told()

    @property
    def forgets(self) -> bool:
        """Whether something is yet to be dropped from the store."""
        return bool(self._forgotten or self._going)

    def is_unwinding(self, run: Run) -> bool:
        """Whether executions that are to stop with this one have yet to be told."""
        started = [self.runs.get(arn) for arn in (run.nested or {}).values()]
        if run.execution.map_runs:
            started += [each for each in self.runs.values() if each.parent is not None and each.parent[0] is run]
        return any(isinstance(each, DurableRun) and each.waiting and not each.finished for each in started)

    def _go_on(self, run: Run) -> None:
        assert isinstance(run, DurableRun)
        self.runs[run.arn] = run
        self._ended.pop(run, None)
        self.find_results(run)
        super()._go_on(run)

    @property
    def has_changes(self) -> bool:
        """Whether something is to be written that nobody waits for."""
        return bool(self.changed or self._forgotten)

    # ------------------------------------------------------------------ telling, writing, applying

    def tell(self, run: Run, event: Event) -> None:
        """Something happened; it is applied when it is written."""
        assert isinstance(run, DurableRun)
        if run.finished and run.waiting == 0 and type(event) is not Redriven:
            return self._refuse(event)  # what comes after the end changes nothing
        if not run.waiting:
            self._awake.pop(run, None)  # it has something to do: nobody else need leave memory for it
        run.waiting += 1
        self.pending.append((run, event))
        self.accepted += 1
        return self.told()

    def _happen(self, run: Run, event: Event) -> None:
        self.tell(run, event)

    def catch_up(self) -> None:
        """Tell what is due."""
        if len(self._awake) > self._most_awake:
            self._trim()
        super().catch_up()

    def _knows_time(self, run: Run) -> bool:
        return not run.finished and (run.alarm is not None or cast(DurableRun, run).waiting > 0)

    def take(self) -> tuple[list[tuple[DurableRun, Event]], list[Change]]:
        """What was told since, to be applied when the changes are written."""
        batch, self.pending = self.pending[:MOST_AT_ONCE], self.pending[MOST_AT_ONCE:]
        events: dict[DurableRun, list[Event]] = {run: [] for run in self.changed}
        self.changed.clear()
        for run, event in batch:
            if run in events:
                events[run].append(event)
            else:
                events[run] = [event]
        self._going, self._forgotten = self._forgotten, []
        changes = [Change(arn, forget=True) for arn in self._going]
        changes += [self._change(run, told) for run, told in events.items()]
        return batch, changes

    def _change(self, run: DurableRun, events: Sequence[Event]) -> Change:
        birth = None if run.told else self._birth(run, events[0].at)
        standing = _MOVES if events else self._standing(run)
        snapshot = self._snapshots.pop(run, None) if self._snapshots else None
        change = Change(run.arn, run.told, [event_text(event) for event in events], birth, standing, snapshot)
        run.told += len(events)
        return change

    def _birth(self, run: DurableRun, at: float) -> Birth:
        execution = run.execution
        parent, task = (None, None) if run.parent is None else (run.parent[0].arn, run.parent[1])
        identity = execution.identity
        about = About(identity, execution.limits, run.way, task, run.place).text()
        return Birth(identity.name, identity.machine_name, at, run.definition, about, parent)

    def _standing(self, run: DurableRun) -> Standing:
        if run.finished:
            return Standing(run.execution.status, run.execution.stopped_at)
        return Standing(due=run.alarm, asleep=True) if run.asleep else _MOVES

    def _cut(self, run: DurableRun) -> None:
        """Have a snapshot taken instead of the events so far."""
        state = state_text(run.execution, run.nested, run.resumable)
        new = run.records[run.recorded :]
        run.cut, run.recorded = run.applied, len(run.records)
        run.patience = patience(state)
        self._snapshots[run] = Snapshot(run.applied, state, (records_text(new),))
        self.changed[run] = None

    def apply_batch(self, batch: list[tuple[DurableRun, Event]]) -> None:
        """What was taken is written: apply it."""
        self._going = []
        for run, event in batch:
            self._apply(run, event)
        for run in dict.fromkeys(run for run, _ in batch):
            self._settle(run)

    def _apply(self, run: Run, event: Event) -> None:
        assert isinstance(run, DurableRun)
        if id(event) in self._verdicts and not self.is_waiting(run, event.task):  # type: ignore[union-attr]
            self._refuse(event)
        super()._apply(run, event)
        run.applied += 1
        run.waiting -= 1
        self.done += 1

    def _settle(self, run: DurableRun) -> None:
        """After a batch: note an end, and see whether the execution may sleep."""
        if run.waiting:
            return
        if run.finished:
            self.changed[run] = None
            self._keep_ended(run)
            return
        if run.applied - run.cut >= run.patience and run not in self._snapshots:
            self._cut(run)
        self._may_sleep(run)

    # ------------------------------------------------------------------ acknowledgements

    def watch(self, event: News) -> None:
        """Somebody wants to know whether the task was outstanding when the event was applied."""
        self._verdicts[id(event)] = True

    def verdict(self, event: News) -> bool:
        """Whether the task was outstanding; nobody wants to know any more."""
        return self._verdicts.pop(id(event))

    def _refuse(self, event: Event) -> None:
        if id(event) in self._verdicts:
            self._verdicts[id(event)] = False

    # ------------------------------------------------------------------ sleeping and waking

    def rest(self, run: DurableRun) -> None:
        """The execution may sleep, if it only waits."""
        if not run.waiting:
            self._may_sleep(run)

    def _may_sleep(self, run: DurableRun) -> None:
        self._awake.pop(run, None)
        if can_sleep(run):
            self._awake[run] = None
        self._trim()

    def _trim(self) -> None:
        """Those that were not looked at for longest leave memory."""
        while len(self._awake) > self._most_awake:
            first, _ = self._awake.popitem(last=False)
            if can_sleep(first):
                self._put_to_sleep(first)

    def _put_to_sleep(self, run: DurableRun) -> None:
        run.fall_asleep()
        self.changed[run] = None
        self.told()

    def sleep_all(self) -> None:
        """Nothing will be done any more: whoever may sleep does."""
        while self._awake:
            first, _ = self._awake.popitem(last=False)
            if can_sleep(first):
                self._put_to_sleep(first)

    def wake(self, run: DurableRun) -> None:
        """Rebuild an execution that sleeps, as it was after the last event that was applied."""
        stored = self.store.load(run.arn)
        if stored is None:
            raise StoreDamaged(run.arn, "it is not in the store any more")
        about = about_of(stored, run.arn)
        machine = self.definitions.machine(stored.birth.definition)
        for state in about.way:
            machine = machine.processor(state)
        rebuilt = rebuild(stored, run.arn, about, machine, self._mint, run.applied)
        rebuilt.execution.fresh_stack = on_fresh_stack
        run.wake_up(rebuilt, stored, about)
        if can_sleep(run):
            self._awake[run] = None  # at the next turn there may be too many

    # ------------------------------------------------------------------ results of map runs

    def find_results(self, run: DurableRun) -> None:
        """The results of children that are over, which a result writer will ask for, come out of the store."""
        for map_run in run.execution.map_runs:
            self.files.forget(map_run)
        for child in self._children_over(run):
            assert child.place is not None
            self.files.keep(*child.place, child_result(child.execution))

    def _children_over(self, run: DurableRun) -> Iterator[DurableRun]:
        machine = run.execution.machine
        if not any(isinstance(state, MapState) and state.writer is not None for state in machine.states.values()):
            return
        last: int | None = None
        while page := self.store.list(Query(parent=run.arn, newest_first=False, after=last)):
            for listed in page:
                child = self.known(listed.arn)
                assert isinstance(child, DurableRun)
                if child.execution.status != RUNNING and child.place is not None:
                    yield child
            last = page[-1].number


_MOVES = Standing()  # of one that is told something: how it stands is known when it has been applied

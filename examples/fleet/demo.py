"""The demonstration: ``make demo``. Both workflows of this folder, told as they happen.

Time is virtual throughout: the retry's second, the manager's two hours and the 24 hours of the time-out all pass at
once, and every run prints the same.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import anyio
from handlers import THROTTLED, TYPICAL_LATENCY, Fleet

import aslrun

HERE = Path(__file__).resolve().parent
EMERGENCY = aslrun.load(HERE / "emergency.asl.json")
BUSINESS = aslrun.load(HERE / "business.asl.json")
HOUR = 3600.0
LINE = 100

MEANING = {
    "RecordIncident": "write the incident into the DynamoDB table",
    "DetermineResponseType": "panic button, accident, hijack? then all hands",
    "HighPriorityResponse": "three branches at the same time:",
    "NotifyAuthorities": "SNS message to the authorities",
    "NotifyOwner": "SNS message to the owner",
    "ActivateVideoRecording": "Lambda function starts the cameras",
    "UpdateIncidentStatus": "all three are done: the incident is notified",
    "LogCompletion": "Lambda function logs how long it took",
    "ValidateCustomer": "Lambda function asks the government's registry",
    "CustomerValid?": "a score of 60 or more will do",
    "FewerThan50Vehicles?": "75 are not, so a manager decides",
    "RequestManagerApproval": "SNS message to the managers, then wait",
    "Approved?": "yes",
    "CreateContract": "Lambda function draws up the contract",
    "ProcessPayment": "Lambda function charges the card, by Stripe",
    "PaymentSuccessful?": "yes",
    "ActivateService": "Lambda function activates the vehicles",
    "SendWelcomeEmail": "SNS message to the customer",
    "Complete": "choose what the caller gets",
}


def main() -> None:
    print("Two state machines in the language of AWS Step Functions, run here: no AWS, no network, no waiting.")
    show_the_emergency()
    anyio.run(show_the_approval)
    anyio.run(show_the_other_roads)


def show_the_emergency() -> None:
    heading("1. AN EMERGENCY", "emergency.asl.json; the services that it calls are functions in handlers.py")
    print("The driver of VEH-12345 presses the panic button. The incident table is busy and throttles a write.\n")
    fleet = Fleet(latency=TYPICAL_LATENCY, faults={"dynamodb": iter([THROTTLED])})
    result = aslrun.simulate(EMERGENCY, example("emergency"), fleet.resources(), name="panic-1")
    tell(result.history, result.started_at)
    print(f"\n{result.status}. The Retry of the definition rode out the throttling. The output, with the time it took:")
    print(compact(result.output))


async def show_the_approval() -> None:
    heading("2. A SALE THAT NEEDS A MANAGER", "business.asl.json, in an Interpreter beside an application")
    print("Transportes ABC S.A.S. wants 75 vehicles. From 50 on, a manager has to approve.\n")
    fleet, clock = Fleet(), aslrun.VirtualClock(auto=False)
    async with aslrun.Interpreter(fleet.resources(), clock=clock) as interpreter:
        execution = await interpreter.start(BUSINESS, example("business"), name="exec-12345")
        await anyio.wait_all_tasks_blocked()  # until nothing goes on by itself
        told = execution.history()
        tell(told, execution.describe().started_at)
        token = fleet.last_task_token()
        print(f"\n{execution.status}, and it would wait up to 24 hours: no thread, no task, only a record.")
        print(f"The message to the managers holds the task token {token[:10]}..., the key to this one wait.")
        print("Two hours later a manager presses Approve; the web page behind the button sends the token back:\n")
        clock.advance(2 * HOUR)
        await interpreter.send_task_success(token, {"approved": True, "decided_by": "m.rojas"})
        result = await execution.result()
        tell(result.history[len(told) :], result.started_at)
    print(f"\n{result.status}. {fleet.outbox[-1]['subject']}: {fleet.outbox[-1]['message']} The output:")
    print(compact(result.output))


async def show_the_other_roads() -> None:
    heading("3. THE ROADS NOT TAKEN", "the same definition, other circumstances")
    request, no = example("business"), {"approved": False, "decided_by": "m.rojas"}
    road("the manager rejects", await decided(request, 2, no))
    road("nobody answers", await decided(request, 24, None))
    road("the card has expired", sold({**example("business-test"), "payment_method": "expired_card"}))
    road("the registry refuses", sold({**request, "document_id": "800000000-1"}))
    road("25 vehicles only", sold(example("business-test")))
    print("\nEvery rejection is a Fail state of its own, so that whoever reads the error knows what to do.")
    print("Go on with examples/fleet/README.md, or change a definition and run this again.")


async def decided(request: dict[str, Any], hours: float, decision: dict[str, Any] | None) -> aslrun.Result:
    """What came of a request that the managers answered, or not, after so many hours."""
    fleet, clock = Fleet(), aslrun.VirtualClock(auto=False)
    async with aslrun.Interpreter(fleet.resources(), clock=clock) as interpreter:
        execution = await interpreter.start(BUSINESS, request)
        await anyio.wait_all_tasks_blocked()
        clock.advance(hours * HOUR)
        if decision is not None:
            await interpreter.send_task_success(fleet.last_task_token(), decision)
        return await execution.result()


def sold(request: dict[str, Any]) -> aslrun.Result:
    """What came of a request in which nobody has to be waited for."""
    return aslrun.simulate(BUSINESS, request, Fleet().resources())


# --------------------------------------------------------------------------- telling


def example(name: str) -> dict[str, Any]:
    """An input of the folder ``inputs``."""
    document = json.loads((HERE / "inputs" / f"{name}.json").read_text(encoding="utf-8"))
    assert isinstance(document, dict)
    return document


def heading(title: str, subtitle: str) -> None:
    print(f"\n== {title} == ({subtitle})\n")


def tell(history: Iterable[dict[str, Any]], started_at: float) -> None:
    """A line for every state that was entered, and for every call that failed and was made again."""
    depth = 0
    for event in history:
        at, kind = event["timestamp"] - started_at, event["type"]
        depth += (kind == "ParallelStateStarted") - (kind == "ParallelStateSucceeded")
        if kind.endswith("StateEntered"):
            name = event["stateEnteredEventDetails"]["name"]
            print(f"{elapsed(at)}  {'  ' * depth + name:26}{MEANING[name]}")
        elif kind == "TaskFailed":
            print(f"{elapsed(at)}    failed, Retry calls again in a second: {event['taskFailedEventDetails']['error']}")


def elapsed(seconds: float) -> str:
    return f"{seconds:6.2f} s" if seconds < HOUR else f"{seconds / HOUR:6.1f} h"


def road(circumstance: str, result: aslrun.Result) -> None:
    end = result.error or result.status
    took = (result.stopped_at or result.started_at) - result.started_at
    when = f"after {took / HOUR:.0f} hours" if took else "at once"
    print(f"{circumstance:21} {when:14} -> {end:18} {result.cause or compact(result.find('contractResult')[0])}")


def compact(value: Any, indent: str = "") -> str:
    """JSON text that breaks only where a line would become too long."""
    text = json.dumps(value)
    if len(indent + text) < LINE or not isinstance(value, (dict, list)):
        return text
    deeper = indent + "  "
    if isinstance(value, dict):
        items = [f"{deeper}{json.dumps(key)}: {compact(item, deeper)}" for key, item in value.items()]
        return "{\n" + ",\n".join(items) + f"\n{indent}}}"
    return "[\n" + ",\n".join(deeper + compact(item, deeper) for item in value) + f"\n{indent}]"


if __name__ == "__main__":
    main()

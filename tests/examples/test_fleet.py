"""The roads through both workflows of examples/fleet, and the demonstration itself."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from itertools import repeat
from pathlib import Path
from typing import Any

import anyio
import pytest

import aslrun
from examples.fleet.handlers import THROTTLED, TYPICAL_LATENCY, Fleet, RegistryUnavailable
from tests.conftest import REPOSITORY

FLEET = REPOSITORY / "examples" / "fleet"
EMERGENCY = aslrun.load(FLEET / "emergency.asl.json")
BUSINESS = aslrun.load(FLEET / "business.asl.json")
SEED = "003_5c99193d179a7bc5.txt"
INCIDENT = "INC-VEH-12345-1698765432000"
DAY = 86_400.0

GONE = aslrun.TaskError("SNS.NotFoundException", "Topic does not exist")
APPROVAL = ["ValidateCustomer", "CustomerValid?", "FewerThan50Vehicles?", "RequestManagerApproval"]
SALE = ["CreateContract", "ProcessPayment", "PaymentSuccessful?", "ActivateService", "SendWelcomeEmail", "Complete"]


def example(name: str, **changes: Any) -> dict[str, Any]:
    document = json.loads((FLEET / "inputs" / f"{name}.json").read_text(encoding="utf-8"))
    return {**document, **changes}


def emergency(fleet: Fleet, **changes: Any) -> aslrun.Result:
    return aslrun.simulate(EMERGENCY, example("emergency", **changes), fleet.resources())


def sale(fleet: Fleet, **changes: Any) -> aslrun.Result:
    return aslrun.simulate(BUSINESS, example("business-test", **changes), fleet.resources())


def decided(fleet: Fleet, seconds: float, decision: dict[str, Any] | None, **changes: Any) -> aslrun.Result:
    """The end of a sale on which a manager decides after so many seconds (``None``: nobody does)."""

    async def main() -> aslrun.Result:
        clock = aslrun.VirtualClock(auto=False)
        async with aslrun.Interpreter(fleet.resources(), clock=clock) as interpreter:
            execution = await interpreter.start(BUSINESS, example("business", **changes), name="exec-12345")
            await anyio.wait_all_tasks_blocked()
            assert [task.state for task in execution.describe().waiting] == ["RequestManagerApproval"]
            clock.advance(seconds)
            await anyio.wait_all_tasks_blocked()
            if decision is not None:
                await interpreter.send_task_success(fleet.last_task_token(), decision)
            return await execution.result()

    return anyio.run(main)


def approved(fleet: Fleet, **changes: Any) -> aslrun.Result:
    return decided(fleet, 7200, {"approved": True, "decided_by": "m.rojas"}, **changes)


def transitions(result: aslrun.Result) -> int:
    """What AWS bills: every state that was entered, and every retry."""
    kinds: list[str] = [event["type"] for event in result.history]
    retries = kinds.count("TaskScheduled") - kinds.count("TaskStateEntered")
    entered = sum(kind.endswith("StateEntered") for kind in kinds)
    return entered + retries


def topics(fleet: Fleet) -> list[str]:
    return [entry["topic"] for entry in fleet.outbox]


# --------------------------------------------------------------------------- the emergency


@pytest.mark.parametrize("type", ["panic_button", "accident", "hijack"])
def test_a_high_priority_emergency_informs_authorities_and_owner_and_records_video(type: str) -> None:
    fleet = Fleet()
    result = emergency(fleet, type=type)
    assert result.path == [
        "RecordIncident",
        "DetermineResponseType",
        "HighPriorityResponse",
        "NotifyAuthorities",
        "NotifyOwner",
        "ActivateVideoRecording",
        "UpdateIncidentStatus",
        "LogCompletion",
    ]
    assert topics(fleet) == ["authorities-alerts", "owner-alerts"]
    assert fleet.recordings == [{"vehicle_id": "VEH-12345", "incident_id": INCIDENT}]
    assert fleet.log == [result.output]


def test_the_output_of_an_emergency_has_the_shape_of_the_document() -> None:
    fleet = Fleet(latency=TYPICAL_LATENCY, faults={"dynamodb": iter([THROTTLED])})
    assert emergency(fleet).output == {
        "incidentRecord": {"incident_id": {"S": INCIDENT}, "status": {"S": "notified"}},
        "parallelResults": [
            {"authoritiesNotification": {"MessageId": "msg-001"}},
            {"ownerNotification": {"MessageId": "msg-002"}},
            {"videoRecording": {"recording_id": "REC-VEH-12345-1"}},
        ],
        "executionTime": "1.85s",
    }


def test_the_incident_is_stored_with_typed_attributes_and_the_whole_event() -> None:
    fleet = Fleet()
    emergency(fleet)
    incident = fleet.incidents[INCIDENT]
    assert json.loads(incident.pop("event")["S"]) == example("emergency")
    assert incident == {
        "incident_id": {"S": INCIDENT},
        "vehicle_id": {"S": "VEH-12345"},
        "type": {"S": "panic_button"},
        "severity": {"S": "critical"},
        "location": {"M": {"lat": {"N": "4.6097"}, "lon": {"N": "-74.0817"}}},
        "event_timestamp": {"N": "1698765432000"},
        "status": {"S": "notified"},
        "notified_at": {"S": "2024-01-01T00:00:00.000Z"},
    }


def test_any_other_type_informs_the_owner_only() -> None:
    fleet = Fleet()
    result = emergency(fleet, type="geofence_exit")
    assert result.path == [
        "RecordIncident",
        "DetermineResponseType",
        "StandardResponse",
        "NotifyOwnerOnly",
        "UpdateIncidentStatus",
        "LogCompletion",
    ]
    assert topics(fleet) == ["owner-alerts"]
    assert fleet.recordings == []
    assert result.find("$.parallelResults") == [[{"ownerNotification": {"MessageId": "msg-001"}}]]


def test_the_event_of_the_documents_test_needs_no_metadata() -> None:
    result = aslrun.simulate(EMERGENCY, example("emergency-test"), Fleet().resources()).raise_for_status()
    assert result.find("$.incidentRecord.incident_id.S") == ["INC-VEH-TEST-001-1698765432000"]


def test_a_throttled_write_is_made_again_after_a_second_and_the_two_seconds_are_kept() -> None:
    fleet = Fleet(latency=TYPICAL_LATENCY, faults={"dynamodb": iter([THROTTLED])})
    result = emergency(fleet).raise_for_status()
    assert fleet.calls[:2] == ["RecordIncident", "RecordIncident"]
    assert result.stopped_at is not None
    assert 1.0 < result.stopped_at - result.started_at < 2.0


@pytest.mark.parametrize(
    ("broken", "last"),
    [
        ("authorities-alerts", ["NotifyAuthorities", "NotifyOwner", "ActivateVideoRecording"]),
        ("activate-video", ["NotifyAuthorities", "NotifyOwner", "ActivateVideoRecording"]),
    ],
)
def test_an_incident_of_which_a_branch_fails_is_recorded_for_review(broken: str, last: list[str]) -> None:
    fleet = Fleet(faults={broken: repeat(GONE)})
    result = emergency(fleet)
    failure = '{"Error":"SNS.NotFoundException","Cause":"Topic does not exist"}'
    assert result.path[-5:] == [*last, "RecordFailureForReview", "IncidentFailed"]
    assert (result.status, result.error, result.cause) == ("FAILED", "IncidentNotHandled", failure)
    incident = fleet.incidents[INCIDENT]
    assert (incident["status"], incident["failure"]) == ({"S": "needs_review"}, {"S": failure})
    assert incident["severity"] == {"S": "critical"}
    assert incident["execution_arn"] == {"S": result.arn}


def test_an_incident_that_could_not_be_written_at_first_is_recorded_for_review_when_the_table_is_back() -> None:
    fleet = Fleet(faults={"dynamodb": iter([THROTTLED] * 5)})
    result = emergency(fleet)
    assert fleet.calls == ["RecordIncident"] * 4 + ["RecordFailureForReview"] * 2
    assert fleet.incidents[INCIDENT]["status"] == {"S": "needs_review"}
    assert result.error == "IncidentNotHandled"
    assert "ProvisionedThroughputExceeded" in (result.cause or "")


def test_a_table_that_stays_away_still_ends_in_the_workflows_own_failure() -> None:
    result = emergency(Fleet(faults={"dynamodb": repeat(THROTTLED)}))
    assert result.path == ["RecordIncident", "RecordFailureForReview", "IncidentFailed"]
    assert result.error == "IncidentNotHandled"


def test_a_log_that_fails_does_not_make_a_handled_emergency_a_failure() -> None:
    result = emergency(Fleet(faults={"log-completion": repeat(RuntimeError("disk full"))}))
    assert result.path[-2:] == ["LogCompletion", "CompletedWithoutLog"]
    assert result.find("$.incidentRecord.status.S") == ["notified"]


# --------------------------------------------------------------------------- the sale


def test_fewer_than_50_vehicles_are_approved_automatically() -> None:
    fleet = Fleet()
    result = sale(fleet)
    assert result.path == [*APPROVAL[:3], "AutoApprove", *SALE]
    assert result.output == {
        "validationResult": {"valid": True, "score": 95},
        "contractResult": {"contract_id": "CONT-2024-001", "approval_type": "automatic"},
        "paymentResult": {"status": "success", "transaction_id": "stripe_tx_123"},
        "activationResult": {"service_status": "active", "vehicles_activated": 25},
    }
    assert topics(fleet) == ["owner-alerts"]


def test_49_vehicles_are_fewer_than_50_and_50_are_not() -> None:
    assert "AutoApprove" in sale(Fleet(), number_of_vehicles=49).path
    assert "AutoApprove" not in sale(Fleet(), number_of_vehicles=50).path


def test_75_vehicles_wait_for_a_manager_and_go_on_to_the_welcome_mail_when_approved() -> None:
    fleet = Fleet()
    result = approved(fleet)
    assert result.path == [*APPROVAL, "Approved?", *SALE]
    assert result.output == {
        "validationResult": {"valid": True, "score": 95},
        "contractResult": {"contract_id": "CONT-2024-001", "approval_type": "manager"},
        "paymentResult": {"status": "success", "transaction_id": "stripe_tx_123"},
        "activationResult": {"service_status": "active", "vehicles_activated": 75},
    }
    assert topics(fleet) == ["manager-notifications", "owner-alerts"]
    assert fleet.outbox[-1]["message"] == "Your contract CONT-2024-001 is active for 75 vehicles."


def test_the_message_to_the_managers_holds_the_token_and_what_there_is_to_decide_on() -> None:
    fleet = Fleet()
    approved(fleet)
    message = fleet.outbox[0]["message"]
    assert set(message) == {"task_token", "request", "validation"}
    assert message["request"] == example("business")
    assert message["validation"] == {"valid": True, "score": 95}


def test_a_rejection_by_the_manager_is_a_failure_of_its_own() -> None:
    fleet = Fleet()
    result = decided(fleet, 60, {"approved": False, "decided_by": "m.rojas"})
    assert result.path == [*APPROVAL, "Approved?", "ApprovalRejected"]
    assert (result.error, result.cause) == ("ApprovalRejected", "rejected by m.rojas")
    assert fleet.contracts == {}


def test_an_approval_that_nobody_gives_times_out_after_24_hours() -> None:
    result = decided(Fleet(), DAY, None)
    assert result.path == [*APPROVAL, "ApprovalTimedOut"]
    assert (result.error, result.cause) == ("ApprovalTimedOut", "no manager answered within 24 hours")
    assert (result.stopped_at, result.status) == (result.started_at + DAY, "FAILED")


def test_an_approval_one_second_before_the_time_out_counts() -> None:
    assert decided(Fleet(), DAY - 1, {"approved": True, "decided_by": "m.rojas"}).succeeded


def test_an_approval_that_comes_too_late_is_refused() -> None:
    with pytest.raises(aslrun.TaskTimedOut):
        decided(Fleet(), DAY, {"approved": True, "decided_by": "m.rojas"})


def test_managers_who_cannot_be_reached_are_no_rejection() -> None:
    result = aslrun.simulate(
        BUSINESS, example("business"), Fleet(faults={"manager-notifications": repeat(GONE)}).resources()
    )
    assert result.path == [*APPROVAL, "ApprovalRequestFailed"]
    assert result.cause == '{"Error":"SNS.NotFoundException","Cause":"Topic does not exist"}'


def test_a_customer_whom_the_registry_refuses_fails_validation() -> None:
    result = sale(Fleet(), document_id="800000000-1")
    assert result.path == ["ValidateCustomer", "CustomerValid?", "ValidationFailed"]
    assert (result.error, result.cause) == ("ValidationFailed", '{"valid":false,"score":20}')


def test_a_registry_that_is_away_for_a_while_is_asked_again() -> None:
    fleet = Fleet(faults={"validate-customer": iter([RegistryUnavailable("503")] * 2)})
    result = sale(fleet).raise_for_status()
    assert fleet.calls[:3] == ["ValidateCustomer"] * 3
    assert result.stopped_at == result.started_at + 10 + 30


def test_a_registry_that_stays_away_fails_validation_and_says_so() -> None:
    result = sale(Fleet(faults={"validate-customer": repeat(RegistryUnavailable("503"))}))
    assert result.path == ["ValidateCustomer", "ValidationFailed"]
    assert json.loads(result.cause or "")["Error"] == "RegistryUnavailable"


def test_a_declined_card_is_a_failed_payment_and_activates_nothing() -> None:
    fleet = Fleet()
    result = sale(fleet, payment_method="expired_card")
    assert result.path[-3:] == ["ProcessPayment", "PaymentSuccessful?", "PaymentFailed"]
    assert (result.error, result.cause) == ("PaymentFailed", '{"transaction_id":null,"status":"declined"}')
    assert fleet.active == {}


def test_a_payment_is_charged_once_however_often_the_call_is_made() -> None:
    lost = aslrun.TaskError("Lambda.TooManyRequestsException", "Rate exceeded")
    fleet = Fleet(faults={"process-payment": iter([lost, lost])})
    sale(fleet).raise_for_status()
    assert fleet.calls.count("ProcessPayment") == 3
    assert len(fleet.payments) == 1


@pytest.mark.parametrize(
    ("broken", "error", "cause"),
    [
        ("create-contract", "ContractFailed", '{"Error":"RuntimeError",'),
        ("process-payment", "PaymentFailed", '{"Error":"RuntimeError",'),
        ("activate-service", "ActivationFailed", 'paid as stripe_tx_123: {"Error":"RuntimeError",'),
    ],
)
def test_a_function_that_breaks_ends_in_a_failure_of_its_own(broken: str, error: str, cause: str) -> None:
    result = sale(Fleet(faults={broken: repeat(RuntimeError("out of order"))}))
    assert result.path[-1] == result.error == error
    assert (result.cause or "").startswith(cause)


def test_a_welcome_mail_that_is_lost_does_not_undo_the_sale() -> None:
    assert sale(Fleet(faults={"owner-alerts": repeat(GONE)})).path[-2:] == ["SendWelcomeEmail", "Complete"]


# --------------------------------------------------------------------------- what the folder promises


def test_the_definitions_use_the_real_service_arns() -> None:
    resources = {
        resource
        for machine in (EMERGENCY, BUSINESS)
        for resource in re.findall(r'"Resource": "arn:aws:states:::(.+)"', machine.text or "")
    }
    assert resources == {
        "dynamodb:putItem",
        "dynamodb:updateItem",
        "sns:publish",
        "sns:publish.waitForTaskToken",
        "lambda:invoke",
    }


def test_the_transitions_are_those_that_the_readme_counts() -> None:
    throttled = Fleet(faults={"dynamodb": iter([THROTTLED])})
    counted = {
        "emergency, high priority": transitions(emergency(Fleet())),
        "emergency, first write throttled": transitions(emergency(throttled)),
        "emergency, standard": transitions(emergency(Fleet(), type="geofence_exit")),
        "sale, approved by a manager": transitions(approved(Fleet())),
        "sale, approved automatically": transitions(sale(Fleet())),
    }
    rows = re.findall(r"^\| (\w+, [^|]+?) \| (\d+) \|", (FLEET / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert {name: int(figure) for name, figure in rows} == counted


@pytest.mark.parametrize(
    ("name", "section"),
    [
        ("emergency", "## Emergency Workflow"),
        ("business", "## Business Workflow"),
        ("emergency-test", "### Start Emergency Workflow"),
        ("business-test", "### Start Business Workflow"),
    ],
)
def test_the_inputs_are_those_of_the_document(shared_dir: Path, name: str, section: str) -> None:
    text = (shared_dir / "seeds" / SEED).read_text(encoding="utf-8")
    tail = text[text.index(f"\n{section}") :]
    start = re.search(r"(?:```json\n|--input ')(?=\{)", tail)
    assert start is not None
    document, _ = json.JSONDecoder().raw_decode(tail, start.end())
    assert example(name) == document


def test_the_demonstration_runs_to_its_end_and_keeps_the_token_to_itself() -> None:
    demo = subprocess.run([sys.executable, str(FLEET / "demo.py")], capture_output=True, text=True, timeout=50)
    assert demo.returncode == 0, demo.stderr
    assert demo.stderr == ""
    assert len(demo.stdout.splitlines()) <= 75
    for promised in ('"executionTime": "1.85s"', "ApprovalTimedOut", '"approval_type": "manager"', "Welcome"):
        assert promised in demo.stdout
    assert not re.search(r"\w{30}", demo.stdout.replace("ProvisionedThroughputExceededException", ""))


def test_the_demonstration_prints_the_same_twice() -> None:
    runs = [
        subprocess.run([sys.executable, str(FLEET / "demo.py")], capture_output=True, check=True, timeout=50).stdout
        for _ in range(2)
    ]
    assert runs[0] == runs[1]

"""The official Python SDK against an edge: definitions, workers, executions and their controls.

CONDUCTOR_SERVER_URL, CONDUCTOR_AUTH_KEY and CONDUCTOR_AUTH_SECRET say which edge; the SDK reads them by itself.
"""

import os
import tempfile
import time
import unittest
import uuid
from pathlib import Path

# The workers are processes of their own, so what they share with the tests stands in the environment.
PREFIX = os.environ.setdefault("PODIUM_SDK_PREFIX", f"py_{uuid.uuid4().hex[:8]}")
REPAIRED = Path(os.environ.setdefault("PODIUM_SDK_REPAIRED", f"{tempfile.gettempdir()}/{PREFIX}_repaired"))

from conductor.client.automator.task_handler import TaskHandler
from conductor.client.configuration.configuration import Configuration
from conductor.client.http.models.rerun_workflow_request import RerunWorkflowRequest
from conductor.client.http.models.skip_task_request import SkipTaskRequest
from conductor.client.http.models.start_workflow_request import StartWorkflowRequest
from conductor.client.http.models.task_def import TaskDef
from conductor.client.http.models.workflow_def import WorkflowDef
from conductor.client.http.models.workflow_task import WorkflowTask
from conductor.client.http.rest import ApiException
from conductor.client.orkes_clients import OrkesClients
from conductor.client.worker.exception import NonRetryableException
from conductor.client.worker.worker_task import worker_task

PRICE, SHIP = f"{PREFIX}_price", f"{PREFIX}_ship"


@worker_task(task_definition_name=PRICE, poll_interval_millis=20)
def price(amount: int) -> dict:
    return {"total": amount * 2}


@worker_task(task_definition_name=SHIP, poll_interval_millis=20)
def ship(to: str, by: str) -> dict:
    if to == "nowhere" and not REPAIRED.exists():
        raise NonRetryableException("no such address")
    if to == "uphill" and not Path(f"{REPAIRED}_uphill").exists():
        Path(f"{REPAIRED}_uphill").touch()
        raise RuntimeError("out of breath")
    return {"to": to, "by": by}


def definition() -> WorkflowDef:
    return WorkflowDef(
        name=PREFIX,
        version=1,
        schema_version=2,
        owner_email="sdk@example.com",
        timeout_seconds=120,
        timeout_policy="TIME_OUT_WF",
        tasks=[
            WorkflowTask(
                name=PRICE,
                task_reference_name="price",
                type="SIMPLE",
                input_parameters={"amount": "${workflow.input.amount}"},
            ),
            WorkflowTask(
                name="large",
                task_reference_name="large",
                type="SWITCH",
                evaluator_type="javascript",
                expression="$.total > 100 ? 'yes' : 'no'",
                input_parameters={"total": "${price.output.total}"},
                decision_cases={"yes": [WorkflowTask(name="approval", task_reference_name="approval", type="WAIT")]},
                default_case=[],
            ),
            WorkflowTask(
                name=SHIP,
                task_reference_name="ship",
                type="SIMPLE",
                input_parameters={"to": "${workflow.input.to}", "by": "${approval.output.by}"},
            ),
        ],
        output_parameters={
            "total": "${price.output.total}",
            "shipped": "${ship.output.to}",
            "by": "${ship.output.by}",
        },
    )


class ConductorTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        configuration = Configuration()
        clients = OrkesClients(configuration=configuration)
        cls.workflows = clients.get_workflow_client()
        cls.tasks = clients.get_task_client()
        cls.metadata = clients.get_metadata_client()
        for name in (PRICE, SHIP):
            cls.metadata.register_task_def(
                TaskDef(
                    name=name,
                    owner_email="sdk@example.com",
                    retry_count=1,
                    retry_delay_seconds=0,
                    timeout_seconds=60,
                    response_timeout_seconds=30,
                )
            )
        cls.metadata.register_workflow_def(definition(), overwrite=True)
        cls.handler = TaskHandler(configuration=configuration, scan_for_annotated_workers=True)
        cls.handler.start_processes()

    @classmethod
    def tearDownClass(cls):
        cls.handler.stop_processes()
        for file in REPAIRED.parent.glob(f"{PREFIX}_*"):
            file.unlink()

    def start(self, correlation_id=None, **input_) -> str:
        return self.workflows.start_workflow(
            StartWorkflowRequest(name=PREFIX, version=1, input=input_, correlation_id=correlation_id)
        )

    def until(self, workflow_id, wanted, what):
        """Waits until a workflow, with its tasks, is as wanted."""
        deadline = time.monotonic() + 30
        while True:
            workflow = self.workflows.get_workflow(workflow_id, include_tasks=True)
            if wanted(workflow):
                return workflow
            self.assertLess(time.monotonic(), deadline, f"not {what} within 30 s: {workflow}")

    def until_status(self, workflow_id, status):
        return self.until(workflow_id, lambda w: w.status == status, status)

    def until_waiting(self, workflow_id):
        return self.until(
            workflow_id,
            lambda w: any(t.reference_task_name == "approval" and t.status == "IN_PROGRESS" for t in w.tasks),
            "waiting",
        )

    def test_definitions_are_read_back(self):
        workflow = self.metadata.get_workflow_def(PREFIX, version=1)
        self.assertEqual(["price", "large", "ship"], [t.task_reference_name for t in workflow.tasks])
        self.assertEqual(1, self.metadata.get_task_def(SHIP).retry_count)
        with self.assertRaises(ApiException) as unknown:
            self.metadata.get_workflow_def("unknown", version=1)
        self.assertEqual(404, unknown.exception.status)

    def test_a_workflow_runs_on_workers(self):
        workflow = self.until_status(self.start(amount=5, to="here"), "COMPLETED")
        self.assertEqual((10, "here"), (workflow.output["total"], workflow.output["shipped"]))

    def test_a_failed_task_is_retried(self):
        workflow = self.until_status(self.start(amount=5, to="uphill"), "COMPLETED")
        attempts = [t for t in workflow.tasks if t.reference_task_name == "ship"]
        self.assertEqual([("FAILED", 0), ("COMPLETED", 1)], [(t.status, t.retry_count or 0) for t in attempts])
        self.assertIn("out of breath", attempts[0].reason_for_incompletion)

    def test_execute_answers_with_the_ended_workflow(self):
        run = self.workflows.execute_workflow(
            StartWorkflowRequest(name=PREFIX, version=1, input={"amount": 5, "to": "here"}), request_id=str(uuid.uuid4())
        )
        self.assertEqual(("COMPLETED", 10), (run.status, run.output["total"]))

    def test_a_waiting_workflow_goes_on(self):
        first = self.start(amount=500, to="here")
        self.until_waiting(first)
        self.tasks.update_task_by_ref_name(first, "approval", "COMPLETED", {"by": "Ada"})
        approval = [t for t in self.until_status(first, "COMPLETED").tasks if t.reference_task_name == "approval"]
        self.assertEqual([{"result": {"by": "Ada"}}], [t.output_data for t in approval])  # the SDK wraps it

        second = self.start(amount=500, to="here")
        self.until_waiting(second)
        self.tasks.update_task_sync(second, "approval", "COMPLETED", {"by": "Grace"})
        self.assertEqual("Grace", self.until_status(second, "COMPLETED").output["by"])

    def test_pause_resume_terminate_and_restart(self):
        workflow_id = self.start(amount=500, to="here")
        self.until_waiting(workflow_id)
        self.workflows.pause_workflow(workflow_id)
        self.assertEqual("PAUSED", self.workflows.get_workflow_status(workflow_id).status)
        self.workflows.resume_workflow(workflow_id)
        self.assertEqual("RUNNING", self.workflows.get_workflow_status(workflow_id).status)
        self.workflows.terminate_workflow(workflow_id, reason="no longer wanted")
        ended = self.until_status(workflow_id, "TERMINATED")
        self.assertIn("no longer wanted", ended.reason_for_incompletion)
        self.workflows.restart_workflow(workflow_id, use_latest_def=True)
        self.until_waiting(workflow_id)
        self.workflows.skip_task_from_workflow(workflow_id, "ship", SkipTaskRequest())
        self.tasks.update_task_by_ref_name(workflow_id, "approval", "COMPLETED", {})
        skipped = self.until_status(workflow_id, "COMPLETED")
        self.assertEqual(["SKIPPED"], [t.status for t in skipped.tasks if t.reference_task_name == "ship"])

    def test_a_failed_workflow_says_why_and_is_retried_and_rerun(self):
        workflow_id = self.start(amount=5, to="nowhere")
        failed = self.until_status(workflow_id, "FAILED")
        self.assertIn("no such address", failed.reason_for_incompletion)
        REPAIRED.touch()
        self.workflows.retry_workflow(workflow_id)
        retried = self.until_status(workflow_id, "COMPLETED")
        done = [t for t in retried.tasks if t.reference_task_name == "price"]
        self.assertEqual(1, len(done), "what was done is not done again")
        rerun = self.workflows.rerun_workflow(
            workflow_id,
            RerunWorkflowRequest(re_run_from_workflow_id=workflow_id, re_run_from_task_id=done[0].task_id),
        )
        self.assertEqual(workflow_id, rerun)
        self.until_status(workflow_id, "COMPLETED")

    def test_search_correlation_logs_and_queues(self):
        correlation_id = str(uuid.uuid4())
        workflow_id = self.start(correlation_id=correlation_id, amount=500, to="here")
        waiting = self.until_waiting(workflow_id)
        found = self.workflows.search(size=10, query=f"workflowType = '{PREFIX}' AND status = 'RUNNING'")
        self.assertIn(workflow_id, [w.workflow_id for w in found.results])
        correlated = self.workflows.get_by_correlation_ids(PREFIX, [correlation_id])
        self.assertEqual([workflow_id], [w.workflow_id for w in correlated[correlation_id]])
        task_id = next(t.task_id for t in waiting.tasks if t.reference_task_name == "price")
        self.tasks.add_task_log(task_id, "a line of the log")
        self.assertIn("a line of the log", self.tasks.get_task_logs(task_id)[0].log)
        self.assertEqual(0, self.tasks.get_queue_size_for_task(SHIP))
        self.assertTrue(self.tasks.get_task_poll_data(SHIP))
        self.workflows.update_variables(workflow_id, {"colour": "green"})
        self.assertEqual("green", self.workflows.get_workflow(workflow_id, include_tasks=False).variables["colour"])
        self.workflows.terminate_workflow(workflow_id)
        self.workflows.delete_workflow(workflow_id, archive_workflow=False)
        with self.assertRaises(ApiException) as gone:
            self.workflows.get_workflow(workflow_id)
        self.assertEqual(404, gone.exception.status)


if __name__ == "__main__":
    unittest.main()

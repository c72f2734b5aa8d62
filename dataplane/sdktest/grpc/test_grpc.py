"""Conductor's gRPC services through clients that are generated from the contract.

PODIUM_GRPC is the address, PODIUM_PROTO the folder of the contract, PODIUM_TOKEN the token where one is wanted.
"""

import importlib.resources
import os
import sys
import tempfile
import unittest

import grpc
from google.protobuf import struct_pb2
from grpc_tools import protoc

FILES = ["model", "search", "tasks", "workflows", "metadata", "events"]


def generate():
    """Compiles the contract into a folder that is then importable."""
    out = tempfile.mkdtemp()
    standard = importlib.resources.files("grpc_tools") / "_proto"
    failed = protoc.main(
        ["protoc", f"-I{os.environ['PODIUM_PROTO']}", f"-I{standard}", f"--python_out={out}", f"--grpc_python_out={out}"]
        + [f"conductor/{name}.proto" for name in FILES]
    )
    if failed:
        raise RuntimeError("the contract does not compile")
    sys.path.insert(0, out)


generate()

from conductor import events_pb2, events_pb2_grpc  # noqa: E402
from conductor import metadata_pb2, metadata_pb2_grpc  # noqa: E402
from conductor import model_pb2 as model  # noqa: E402
from conductor import search_pb2  # noqa: E402
from conductor import tasks_pb2, tasks_pb2_grpc  # noqa: E402
from conductor import workflows_pb2, workflows_pb2_grpc  # noqa: E402


def value(v):
    out = struct_pb2.Value()
    if isinstance(v, dict):
        out.struct_value.update(v)
    elif isinstance(v, str):
        out.string_value = v
    else:
        out.number_value = v
    return out


class GRPC(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.channel = grpc.insecure_channel(os.environ["PODIUM_GRPC"])
        cls.metadata = metadata_pb2_grpc.MetadataServiceStub(cls.channel)
        cls.workflows = workflows_pb2_grpc.WorkflowServiceStub(cls.channel)
        cls.tasks = tasks_pb2_grpc.TaskServiceStub(cls.channel)
        token = os.environ["PODIUM_TOKEN"]
        cls.call = {"metadata": [("x-authorization", token)] if token else [], "timeout": 20}
        cls.metadata.CreateTasks(
            metadata_pb2.CreateTasksRequest(defs=[model.TaskDef(name="double", retry_count=1, retry_delay_seconds=1)]), **cls.call
        )
        cls.metadata.CreateWorkflow(
            metadata_pb2.CreateWorkflowRequest(
                workflow=model.WorkflowDef(
                    name="doubling",
                    version=1,
                    schema_version=2,
                    restartable=True,
                    timeout_policy=model.WorkflowDef.ALERT_ONLY,
                    output_parameters={"result": value("${double.output.n}")},
                    tasks=[
                        model.WorkflowTask(
                            name="double",
                            task_reference_name="double",
                            type="SIMPLE",
                            retry_count=-1,
                            input_parameters={"n": value("${workflow.input.n}")},
                        )
                    ],
                )
            ),
            **cls.call,
        )

    @classmethod
    def tearDownClass(cls):
        cls.channel.close()

    def start(self, n, correlation_id=""):
        request = model.StartWorkflowRequest(name="doubling", correlation_id=correlation_id, input={"n": value(n)})
        return self.workflows.StartWorkflow(request, **self.call).workflow_id

    def execution(self, workflow_id):
        request = workflows_pb2.GetWorkflowStatusRequest(workflow_id=workflow_id, include_tasks=True)
        return self.workflows.GetWorkflowStatus(request, **self.call)

    def report(self, task, status, **more):
        result = model.TaskResult(task_id=task.task_id, workflow_instance_id=task.workflow_instance_id, status=status, **more)
        return self.tasks.UpdateTask(tasks_pb2.UpdateTaskRequest(result=result), **self.call).task_id

    def refused(self, code, method, request):
        with self.assertRaises(grpc.RpcError) as raised:
            answer = method(request, **self.call)
            if hasattr(answer, "__iter__"):
                list(answer)
        self.assertEqual(raised.exception.code(), code)
        return raised.exception

    def test_workers_stream_tasks_and_report_them(self):
        ids = {self.start(n) for n in (1, 2, 3)}
        done = set()
        while done != ids:
            request = tasks_pb2.BatchPollRequest(task_type="double", worker_id="python", count=10, timeout=5000)
            for task in self.tasks.BatchPoll(request, **self.call):
                self.assertEqual(task.status, model.Task.IN_PROGRESS)
                n = task.input_data["n"].number_value
                self.assertEqual(self.report(task, model.TaskResult.COMPLETED, output_data={"n": value(2 * n)}), task.task_id)
                done.add(task.workflow_instance_id)
        results = set()
        for workflow_id in ids:
            execution = self.execution(workflow_id)
            self.assertEqual(execution.status, model.Workflow.COMPLETED)
            results.add(execution.output["result"].number_value)
        self.assertEqual(results, {2, 4, 6})

    def test_a_task_that_fails_for_good_fails_its_workflow(self):
        workflow_id = self.start(4, "fails")
        response = self.tasks.Poll(tasks_pb2.PollRequest(task_type="double", worker_id="python"), **self.call)
        self.assertTrue(response.HasField("task"))
        self.assertEqual(response.task.workflow_instance_id, workflow_id)
        self.tasks.AddLog(tasks_pb2.AddLogRequest(task_id=response.task.task_id, log="bad"), **self.call)
        self.report(response.task, model.TaskResult.FAILED_WITH_TERMINAL_ERROR, reason_for_incompletion="no such number")
        logs = self.tasks.GetTaskLogs(tasks_pb2.GetTaskLogsRequest(task_id=response.task.task_id), **self.call).logs
        self.assertEqual([line.log for line in logs], ["bad"])
        execution = self.execution(workflow_id)
        self.assertEqual(execution.status, model.Workflow.FAILED)
        self.assertEqual(execution.tasks[0].reason_for_incompletion, "no such number")
        found = self.workflows.Search(search_pb2.Request(query="correlationId = 'fails'"), **self.call)
        self.assertEqual([(row.workflow_id, row.status) for row in found.results], [(workflow_id, model.Workflow.FAILED)])
        request = workflows_pb2.GetWorkflowsRequest(name="doubling", correlation_id=["fails"], include_closed=True)
        by_id = self.workflows.GetWorkflows(request, **self.call).workflows_by_id
        self.assertEqual([x.workflow_id for x in by_id["fails"].workflows], [workflow_id])

    def test_a_poll_without_a_task_is_an_empty_answer(self):
        response = self.tasks.Poll(tasks_pb2.PollRequest(task_type="nobody"), **self.call)
        self.assertFalse(response.HasField("task"))
        self.assertEqual(list(self.tasks.BatchPoll(tasks_pb2.BatchPollRequest(task_type="nobody", timeout=1), **self.call)), [])

    def test_errors_have_the_contracts_codes(self):
        missing = workflows_pb2.GetWorkflowStatusRequest(workflow_id="none")
        self.assertIn("none", self.refused(grpc.StatusCode.NOT_FOUND, self.workflows.GetWorkflowStatus, missing).details())
        self.refused(grpc.StatusCode.NOT_FOUND, self.workflows.StartWorkflow, model.StartWorkflowRequest(name="none"))
        self.refused(grpc.StatusCode.NOT_FOUND, self.tasks.GetTask, tasks_pb2.GetTaskRequest(task_id="none"))
        self.refused(grpc.StatusCode.INVALID_ARGUMENT, self.workflows.Search, search_pb2.Request(size=5001))
        self.refused(grpc.StatusCode.INVALID_ARGUMENT, self.tasks.BatchPoll, tasks_pb2.BatchPollRequest(task_type="x", timeout=5001))

    def test_calls_without_a_token_are_refused_where_one_is_wanted(self):
        if self.call["metadata"]:
            with self.assertRaises(grpc.RpcError) as raised:
                self.tasks.Poll(tasks_pb2.PollRequest(task_type="double"), timeout=20)
            self.assertEqual(raised.exception.code(), grpc.StatusCode.UNAUTHENTICATED)

    def test_event_handlers(self):
        stub = events_pb2_grpc.EventServiceStub(self.channel)
        action = model.EventHandler.Action(
            action=model.EventHandler.Action.START_WORKFLOW, start_workflow=model.EventHandler.StartWorkflow(name="doubled")
        )
        handler = model.EventHandler(name="python", event="conductor:python:done", active=True, actions=[action])
        stub.AddEventHandler(events_pb2.AddEventHandlerRequest(handler=handler), **self.call)
        found = list(stub.GetEventHandlersForEvent(events_pb2.GetEventHandlersForEventRequest(event=handler.event), **self.call))
        self.assertEqual([(h.name, h.actions[0].start_workflow.name) for h in found], [("python", "doubled")])
        stub.RemoveEventHandler(events_pb2.RemoveEventHandlerRequest(name="python"), **self.call)
        self.refused(grpc.StatusCode.NOT_FOUND, stub.RemoveEventHandler, events_pb2.RemoveEventHandlerRequest(name="python"))


if __name__ == "__main__":
    unittest.main()

"""Starts moto on a free port of this machine, with what it lacks of ElastiCache added: groups that are being deleted go away,
subnet groups can be deleted, and the number of replicas changed. Ends when its standard input does, so that no server outlives
a test process, however that ends.

With PODIUM_TEST_FARGATE, a folder with the program "dataplane", tasks of Fargate that are run once are run truly: as processes of this
machine with that program, with the environment, the secrets and the log that ECS would give them.

With PODIUM_TEST_TRUST roles that are named as ours open only if they are there, and for the ExternalId that their trust policies ask for."""

import json
import os
import subprocess
import sys
import threading
import time

from moto.core.responses import ActionResult, EmptyResult
from moto.ecs.models import EC2ContainerServiceBackend
from moto.elasticache.exceptions import CacheSubnetGroupNotFound
from moto.elasticache.models import ElastiCacheBackend
from moto.elasticache.responses import ElastiCacheResponse
from moto.iam.models import iam_backends
from moto.logs.models import logs_backends
from moto.secretsmanager.models import secretsmanager_backends
from moto.server import main
from moto.sts.exceptions import STSClientError
from moto.sts.models import STSBackend


def describe_replication_groups(self, *args, **kwargs):
    """As moto does it; a group that was shown as being deleted is not shown again."""
    shown = describe(self, *args, **kwargs)
    for group in shown:
        if group.status == "deleting":
            self.replication_groups.pop(group.replication_group_id, None)
    return shown


def delete_cache_subnet_group(self):
    groups = self.elasticache_backend.cache_subnet_groups
    name = self._get_param("CacheSubnetGroupName")
    if name not in groups:
        raise CacheSubnetGroupNotFound(name)
    del groups[name]
    return EmptyResult()


def change_replica_count(self):
    backend = self.elasticache_backend
    group = backend.describe_replication_groups(self._get_param("ReplicationGroupId"))[0]
    count = int(self._get_param("NewReplicaCount")) + 1
    members = [f"{group.replication_group_id}-{n:03}" for n in range(1, count + 1)]
    group.member_clusters[:] = members
    return ActionResult({"ReplicationGroup": group})


def run_task(self, cluster, name, *args, **kwargs):
    for container in self.describe_task_definition(name).container_definitions:
        container.setdefault("memory", 0)  # moto wants one though the task has it
    tasks = start_tasks(self, cluster, name, *args, **kwargs)
    if os.environ.get("PODIUM_TEST_FARGATE"):
        for task in tasks:
            task.advance = lambda: None  # it ends when its process does
            definition = self.describe_task_definition(task.task_definition_arn)
            container = definition.container_definitions[0]
            process = start_container(self, container, task)
            task.process = process
            threading.Thread(target=follow_container, args=(self, definition, container, task, process), daemon=True).start()
    return tasks


def start_container(backend, container, task):
    env = {"PATH": os.environ["PODIUM_TEST_FARGATE"] + ":" + os.environ["PATH"], "HOME": "/nowhere"}
    env.update({k: v for k, v in os.environ.items() if k.startswith("AWS_") or k == "TMPDIR"})
    env.update({v["name"]: v["value"] for v in container.get("environment", [])})
    secrets = secretsmanager_backends[backend.account_id][backend.region_name]
    for secret in container.get("secrets", []):
        parts = secret["valueFrom"].split(":")  # the ARN has seven, then comes the key of one value
        content = secrets.get_secret_value(":".join(parts[:7]), "", "")
        env[secret["name"]] = json.loads(content["SecretString"])[parts[7]]
    command = container.get("command", [])
    for override in (task.overrides or {}).get("containerOverrides", []):
        command = override.get("command", command)
    return subprocess.Popen(container.get("entryPoint", []) + command, env=env, stdin=subprocess.DEVNULL,
                            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def follow_container(backend, definition, container, task, process):
    said = process.communicate()[1]
    options = container["logConfiguration"]["options"]
    stream = "/".join([options["awslogs-stream-prefix"], container["name"], task.id])
    logs = logs_backends[backend.account_id][backend.region_name]
    logs.create_log_stream(options["awslogs-group"], stream)
    events = [{"timestamp": int(time.time() * 1000), "message": line} for line in said.splitlines()]
    if events:
        logs.put_log_events(options["awslogs-group"], stream, events)
    task.containers[0].exitCode = process.returncode
    task.last_status = task.desired_status = "STOPPED"


def stop_task(self, cluster, task, reason):
    for tasks in self.tasks.values():
        for arn, known in tasks.items():
            if arn.endswith(task.split("/")[-1]) and hasattr(known, "process"):
                known.process.terminate()
                return known
    return stop(self, cluster, task, reason)


def assume_role(self, *args, **kwargs):
    """As moto does it, if the role is there and its trust policy takes the ExternalId that is given."""
    arn, given = kwargs["role_arn"], kwargs["external_id"]
    if os.environ.get("PODIUM_TEST_TRUST") and ":role/podium-access/" in arn:
        roles = iam_backends[arn.split(":")[4]]["aws"].roles.values()
        trust = next((json.loads(r.assume_role_policy_document) for r in roles if r.arn == arn), {"Statement": []})
        wanted = [s.get("Condition", {}).get("StringEquals", {}).get("sts:ExternalId", given) for s in trust["Statement"]]
        if given not in wanted:
            raise STSClientError("AccessDenied", f"not authorized to perform: sts:AssumeRole on resource: {arn}")
    return open_role(self, *args, **kwargs)


open_role = STSBackend.assume_role
STSBackend.assume_role = assume_role
start_tasks, stop = EC2ContainerServiceBackend.run_task, EC2ContainerServiceBackend.stop_task
EC2ContainerServiceBackend.run_task = run_task
EC2ContainerServiceBackend.stop_task = stop_task
describe = ElastiCacheBackend.describe_replication_groups
ElastiCacheBackend.describe_replication_groups = describe_replication_groups
ElastiCacheResponse.delete_cache_subnet_group = delete_cache_subnet_group
ElastiCacheResponse.increase_replica_count = change_replica_count
ElastiCacheResponse.decrease_replica_count = change_replica_count

threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
main(["-H", "127.0.0.1", "-p", "0"])

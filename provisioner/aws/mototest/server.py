"""Starts moto on a free port of this machine, with what it lacks of ElastiCache added: groups that are being deleted go away,
subnet groups can be deleted, and the number of replicas changed. So is what it lacks of peerings: overlapping networks do not come
together, two networks have one connection, what is over cannot be removed again, and a private zone of Route 53 is associated with a
network of another account only after its owner has let that. A trial of making a network
is honoured, and policies of roles are simulated by the actions that they name. Ends when its standard input does, so that no server outlives
a test process, however that ends.

With PODIUM_TEST_FARGATE, a folder with the program "dataplane", tasks of Fargate that are run once are run truly: as processes of this
machine with that program, with the environment, the secrets and the log that ECS would give them.

With PODIUM_TEST_TRUST roles that are named as ours open only if they are there, and for the ExternalId that their trust policies ask for."""

import fnmatch
import ipaddress
import json
import os
import subprocess
import sys
import threading
import time

from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import utcnow
from moto.ecs.models import EC2ContainerServiceBackend
from moto.elasticache.exceptions import CacheSubnetGroupNotFound
from moto.elasticache.models import ElastiCacheBackend
from moto.elasticache.responses import ElastiCacheResponse
from moto.ec2.exceptions import EC2ClientError, InvalidVPCPeeringConnectionStateTransitionError
from moto.ec2.models import ec2_backends
from moto.ec2.models.vpc_peering_connections import VPCPeeringConnectionBackend
from moto.ec2.responses.vpcs import VPCs
from moto.iam.models import iam_backends
from moto.iam.responses import IamResponse
from moto.logs.models import logs_backends
from moto.route53.exceptions import Route53ClientError
from moto.route53.models import route53_backends
from moto.route53.responses import Route53
from moto.route53.urls import url_paths as route53_paths
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


def request_peering(self, vpc, peer_vpc, tags=None):
    live = ("pending-acceptance", "active")
    if any(p.vpc is vpc and p.peer_vpc is peer_vpc and p._status.code in live for p in self.vpc_pcxs.values()):
        raise EC2ClientError("VpcPeeringConnectionAlreadyExists", "A VPC peering connection between the VPCs already exists.")
    made = ask_peering(self, vpc, peer_vpc, tags)
    if ipaddress.ip_network(vpc.cidr_block).overlaps(ipaddress.ip_network(peer_vpc.cidr_block)):
        made._status.code = "failed"
        made._status.message = "Failed due to incorrect VPC-ID, Account ID, or overlapping CIDR range"
    return made


def delete_peering(self, vpc_pcx_id):
    if self.get_vpc_peering_connection(vpc_pcx_id)._status.code not in ("pending-acceptance", "active"):
        raise InvalidVPCPeeringConnectionStateTransitionError(vpc_pcx_id)
    return end_peering(self, vpc_pcx_id)


def create_vpc(self):
    self.error_on_dryrun()
    return make_vpc(self)


def simulate_principal_policy(self):
    """Tells which actions the policies of a role name, whatever their resources and conditions."""
    arn = self._get_param("PolicySourceArn")
    role = next(r for r in self.backend.roles.values() if r.arn == arn)
    statements = [s for text in role.policies.values() for s in json.loads(text)["Statement"]]
    named = [a for s in statements if s["Effect"] == "Allow" for a in ([s["Action"]] if isinstance(s["Action"], str) else s["Action"])]
    results = [
        {"EvalActionName": a, "EvalDecision": "allowed" if any(fnmatch.fnmatch(a, n) for n in named) else "implicitDeny"}
        for a in self._get_param("ActionNames", [])
    ]
    return ActionResult({"EvaluationResults": results, "IsTruncated": False})


introductions = set()  # zones and networks of other accounts that may be associated


def hosted_zone(zone_id):
    for backends in list(route53_backends.values()):
        for backend in list(backends.values()):
            if zone_id in backend.zones:
                return backend
    raise Route53ClientError("NoSuchHostedZone", f"No hosted zone found with ID: {zone_id}")


def introduce(self):
    zone = self._get_param("HostedZoneId").replace("/hostedzone/", "")
    self.backend.get_hosted_zone(zone)
    introductions.add((zone, self._get_param("VPC.VPCId")))
    return ActionResult({"HostedZoneId": zone, "VPC": {"VPCId": self._get_param("VPC.VPCId"), "VPCRegion": self._get_param("VPC.VPCRegion")}})


def end_introduction(self):
    zone, vpc = self._get_param("HostedZoneId").replace("/hostedzone/", ""), self._get_param("VPC.VPCId")
    self.backend.get_hosted_zone(zone)
    if (zone, vpc) not in introductions:
        raise Route53ClientError("VPCAssociationAuthorizationNotFound", f"The VPC {vpc} is not authorized")
    introductions.discard((zone, vpc))
    return EmptyResult()


def associate_vpc(self):
    zone, vpc, region = self._get_param("HostedZoneId"), self._get_param("VPC.VPCId"), self._get_param("VPC.VPCRegion")
    owner = hosted_zone(zone)
    if vpc not in ec2_backends[self.current_account][region].vpcs:
        raise Route53ClientError("InvalidVPCId", f"The VPC {vpc} is not yours")
    if owner is not self.backend and (zone, vpc) not in introductions:
        raise Route53ClientError("NotAuthorizedException", f"The VPC {vpc} has not authorized to associate with your hosted zone.")
    owner.associate_vpc_with_hosted_zone(zone, vpc, region)
    return ActionResult({"ChangeInfo": {"Id": "/change/C1", "Status": "INSYNC", "SubmittedAt": utcnow()}})


make_vpc, VPCs.create_vpc = VPCs.create_vpc, create_vpc
IamResponse.simulate_principal_policy = simulate_principal_policy
Route53.create_vpc_association_authorization = introduce
Route53.delete_vpc_association_authorization = end_introduction
Route53.associate_vpc_with_hosted_zone = associate_vpc
for verb in ("authorizevpcassociation", "deauthorizevpcassociation"):
    route53_paths[r"{0}/(?P<api_version>[\d_-]+)/hostedzone/(?P<zone_id>[^/]+)/" + verb + "/?$"] = Route53.dispatch
ask_peering, end_peering = VPCPeeringConnectionBackend.create_vpc_peering_connection, VPCPeeringConnectionBackend.delete_vpc_peering_connection
VPCPeeringConnectionBackend.create_vpc_peering_connection = request_peering
VPCPeeringConnectionBackend.delete_vpc_peering_connection = delete_peering
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

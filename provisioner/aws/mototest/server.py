"""Starts moto on a free port of this machine, with what it lacks of ElastiCache added: groups that are being deleted go away,
subnet groups can be deleted, and the number of replicas changed. Ends when its standard input does, so that no server outlives
a test process, however that ends."""

import os
import sys
import threading

from moto.core.responses import ActionResult, EmptyResult
from moto.elasticache.exceptions import CacheSubnetGroupNotFound
from moto.elasticache.models import ElastiCacheBackend
from moto.elasticache.responses import ElastiCacheResponse
from moto.server import main


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


describe = ElastiCacheBackend.describe_replication_groups
ElastiCacheBackend.describe_replication_groups = describe_replication_groups
ElastiCacheResponse.delete_cache_subnet_group = delete_cache_subnet_group
ElastiCacheResponse.increase_replica_count = change_replica_count
ElastiCacheResponse.decrease_replica_count = change_replica_count

threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
main(["-H", "127.0.0.1", "-p", "0"])

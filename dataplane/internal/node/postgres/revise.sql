update node_common set revision = revision + 1 returning revision

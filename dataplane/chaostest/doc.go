// Package chaostest disturbs a data plane of several nodes under load and proves that nothing was lost or done twice: real
// processes over a PostgreSQL and a Redis of the test's own are killed, stopped for a while, added and sent away, Redis is
// emptied and restarted, PostgreSQL crashes. It holds nothing but the test; -rounds makes it longer, -seed repeats its random
// choices.
package chaostest

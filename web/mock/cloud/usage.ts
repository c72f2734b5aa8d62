import { newId, type Quota, type World } from './world.ts';

interface Call {
  world: World;
  parts: string[];
  body: Record<string, unknown>;
  request: { url?: string };
}

/** The last days of two clusters; the organization "quiet" has used nothing. */
export function usageOf({ parts: [org], request }: Call) {
  const query = new URL(request.url ?? '', 'http://mock').searchParams;
  const today = Date.now();
  const to = day(today);
  const from = query.get('from') ?? day(today - 29 * 86_400_000);
  const days = [];
  for (let ago = 60; org !== 'quiet' && ago >= 0; ago--) {
    for (const [cluster, size] of [
      ['encoding', 4000],
      ['payments', 900],
    ] as const) {
      const wanted = query.get('cluster');
      if (wanted !== null && wanted !== cluster) continue;
      const executions = Math.round(size * (1 + 0.4 * Math.sin(ago)));
      const at = day(today - ago * 86_400_000);
      if (at < from) continue;
      days.push({
        day: at,
        cluster,
        clusterId: cluster,
        executions,
        tasks: executions * 6,
        storageBytes: (3 * size - ago * 20) * 1024 * 1024,
      });
    }
  }
  return { status: 200, body: { from, to, days } };
}

/** Replaces the quotas; half of each is used. */
export function setQuotas({ world, parts: [org = ''], body }: Call) {
  const quotas = (body.quotas as Quota[]).map((quota) => ({
    ...quota,
    used: Math.round((quota.hard ?? quota.soft ?? 0) / 2),
  }));
  world.quotas.set(org, quotas);
  return { status: 200, body: quotas };
}

/** A token, with two of the ways to use it. */
export function joinToken() {
  const token = newId();
  return {
    status: 201,
    body: {
      token,
      expiresAt: new Date(Date.now() + 86_400_000).toISOString(),
      ways: [
        {
          name: 'Linux machine (systemd)',
          code: `curl -fsSL 'https://podium.example/fleet/v1/join/install.sh?cluster=clu_1' | sudo PODIUM_JOIN_TOKEN='${token}' sh`,
        },
        {
          name: 'Program',
          code: `PODIUM_EDGE_JOIN_TOKEN='${token}' edge --control-plane https://podium.example`,
        },
      ],
    },
  };
}

function day(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

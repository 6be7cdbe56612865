import type { NodeApi, NodeStatus } from '../node/api.ts';
import { type HttpServer, serveHttp } from '../system/http.ts';

/** One of the checks behind readiness, with its remedy. [product, 11.2] */
export interface HealthCheck {
  readonly check: string;
  readonly severity: 'critical' | 'warning';
  readonly reason: string;
  readonly remedy: string;
}

/** What speaks against this node being ready: nothing, when it can sign. */
export function healthOf(status: NodeStatus): readonly HealthCheck[] {
  if (status.state === 'no-key')
    return [
      {
        check: 'key-not-loaded',
        severity: 'critical',
        reason: 'no ceremony has completed on this node',
        remedy: 'run a ceremony: "conclave ceremony propose"',
      },
    ];
  if (status.state === 'quarantine')
    return [
      {
        check: 'quarantine',
        severity: 'critical',
        reason: 'this node may have forgotten what it signed, and signs nothing',
        remedy: 'look at what is missing, then release it: "conclave node release"',
      },
    ];
  if (status.state !== 'too-few-peers') return [];
  const missing = status.members.filter(({ state }) => state !== 'connected' && state !== 'self');
  return [
    {
      check: 'peers-below-quorum',
      severity: 'critical',
      reason: `not connected: ${missing.map(({ name }) => name).join(', ')}`,
      remedy: 'start these nodes, or look at the network between them and this one',
    },
  ];
}

/** Serves `/livez`, `/readyz` and `/v1/status`, on loopback. @throws OperationError port-in-use */
export function serveStatus(address: string, node: NodeApi): Promise<HttpServer> {
  return serveHttp({
    address,
    routes: {
      '/livez': () => ({ status: 200, body: { status: 'alive' } }),
      '/readyz': () => {
        const isReady = node.status().state === 'ready';
        return { status: isReady ? 200 : 503, body: { status: isReady ? 'ready' : 'not-ready' } };
      },
      '/v1/status': () => {
        const status = node.status();
        return { status: 200, body: { ...status, checks: healthOf(status) } };
      },
    },
  });
}

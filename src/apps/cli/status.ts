import type { NodeStatus } from '../../node/api.ts';
import type { Cli } from './context.ts';

/** The running node at a glance. @throws OperationError no-node | admin-protocol */
export async function statusOf(cli: Cli): Promise<NodeStatus> {
  const { nodeStatus } = await import('../admin-protocol.ts');
  return nodeStatus.parse(await cli.ask('status'));
}

import { equalBytes } from '../../crypto/bytes.ts';
import { InputError, OperationError } from '../../crypto/errors.ts';
import { anyObjectIn, readJsonFile } from '../../crypto/json-file.ts';
import { type Address, parseAddress } from '../../ethereum/address.ts';
import type { DeploymentL1 } from '../../system/l1-client-deploy.ts';
import { readUserFile } from '../user-file.ts';
import { type DeploymentStart, startFromJson } from './settings.ts';

/** What a deployment has left: how it began, and where everything is. */
export interface DeploymentRecord {
  readonly start: DeploymentStart;
  /** The address of a contract. @throws InputError file-damaged when there is none of that name */
  readonly at: (name: string) => Address;
}

/** Reads the record of a deployment. @throws InputError file-unreadable | file-damaged | file-truncated */
export function readRecord(path: string): DeploymentRecord {
  const record = readJsonFile(readUserFile(path), path);
  const start = startFromJson(record.get('start'), path);
  const addresses = anyObjectIn(record, 'addresses', path);
  return {
    start,
    at: (name) => {
      const found = addresses.get(name);
      if (typeof found === 'string') return parseAddress(found, `${path}: ${name}`);
      throw new InputError('file-damaged', path, `${path} has no address of ${name}`);
    },
  };
}

/** Refuses another chain than that of a record. @throws OperationError wrong-chain */
export async function checkChain(
  { chainId, genesis }: Pick<DeploymentStart, 'chainId' | 'genesis'>,
  l1: Pick<DeploymentL1, 'chainId' | 'genesis'>,
): Promise<void> {
  if ((await l1.chainId()) === chainId && equalBytes(await l1.genesis(), genesis)) return;
  throw new OperationError('wrong-chain', 'fatal', 'this is not the chain on which the deployment began');
}

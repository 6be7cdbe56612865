import { equalBytes } from '../crypto/bytes.ts';
import { InputError, assert } from '../crypto/errors.ts';
import { anyObjectIn, readJsonFile, writeJsonFile } from '../crypto/json-file.ts';
import { definitionIn, definitionJson } from '../protocols/ceremony/definition-json.ts';
import { type SignedDefinition, isChange } from '../protocols/ceremony/definition.ts';
import { checkChange } from './change.ts';
import { lockIn, lockJson } from './lock-file.ts';
import { lockProblems } from './lock-rules.ts';
import { type Lock, lockHash } from './lock.ts';

/**
 * What a definition file holds. The plan of an epoch change brings the lock from which it starts, so that who
 * joins takes key, commitments and public shares from there and from no message.
 */
export interface Plan extends SignedDefinition {
  /** Of an epoch change, and of no key generation. */
  readonly previous?: Lock | undefined;
}

const ATTACHED = 'previousLock';

/** The file of a definition, as JSON for people; integers that can grow are decimal strings. */
export function writeDefinition(plan: Plan): Uint8Array {
  const stated = definitionJson(plan);
  assert(
    isChange(plan.definition) === (plan.previous !== undefined),
    'exactly the plan of an epoch change comes with the lock before it',
  );
  return writeJsonFile(
    plan.previous === undefined ? stated : { ...stated, [ATTACHED]: lockJson(plan.previous) },
  );
}

/**
 * Reads a definition file. Every rule is checked, the hash is recomputed, and every signature in it verified.
 * The lock that comes with an epoch change is the one that the definition names, holds as far as it shows by
 * itself, and the plan fits it.
 * @throws InputError file-truncated | file-damaged | suite-mismatch | definition-mismatch | bad-signature |
 * lock-mismatch | stale-epoch | change-mismatch, and those of `checkDefinition`
 */
export function readDefinition(bytes: Uint8Array, path: string): Plan {
  const file = readJsonFile(bytes, path);
  if (!file.has(ATTACHED)) return withoutLock(definitionIn(file, path), path);
  if ([...file.keys()].at(-1) !== ATTACHED)
    throw new InputError('file-damaged', path, `${path}: ${ATTACHED} is not the last field`);
  const signed = definitionIn(new Map([...file].filter(([field]) => field !== ATTACHED)), path);
  const where = `${path}: ${ATTACHED}`;
  const previous = lockIn(anyObjectIn(file, ATTACHED, path), where);
  const [problem] = lockProblems(previous, undefined);
  if (problem !== undefined)
    throw new InputError('lock-mismatch', where, `${where}: it does not hold that ${problem}`);
  const { key } = checkChange(signed.definition, previous, path);
  assert(equalBytes(key.lockHash, lockHash(previous)), 'checkChange compares the locks');
  return { ...signed, previous };
}

function withoutLock(signed: SignedDefinition, path: string): Plan {
  if (signed.definition.ceremony === 'keygen') return signed;
  throw new InputError('file-damaged', path, `${path}: an epoch change comes with ${ATTACHED}, here is none`);
}

import { type Lock, lockHash } from '../../chain/lock.ts';
import { equalBytes } from '../../crypto/bytes.ts';
import { InputError } from '../../crypto/errors.ts';
import { type Plan, readDefinition } from '../../chain/definition-file.ts';
import { type Definition, definitionHash, isChange, seatsOf } from '../../protocols/ceremony/definition.ts';
import type { Disk } from '../../system/ports.ts';
import type { PeerStatus } from '../cluster/peer.ts';
import type { Identity } from '../identity.ts';
import { policyHash } from '../policy/policy.ts';
import type { Policy } from '../policy/verdict.ts';

/** One item of the pre-flight. */
export interface PreflightItem {
  readonly item: string;
  readonly status: 'pass' | 'warn' | 'fail';
  readonly detail: string;
}

/** What this node knows when it is asked to take part. */
export interface PreflightContext {
  readonly identity: Identity;
  readonly network: Definition['network'];
  readonly policy: Policy;
  readonly folders: { readonly ceremonies: string };
  readonly disk: Disk;
  readonly peers: readonly PeerStatus[];
  /** Of the key in service. */
  readonly lock: Lock | undefined;
  /** This node has committed to another epoch change. */
  readonly isFrozen: boolean;
  /** This node may have forgotten what it has said. */
  readonly isQuarantined: boolean;
  readonly nowMs: number;
  /** The folder of the ceremony itself. */
  readonly ownFolder: string;
}

/** Least free space that a ceremony asks for, in bytes. */
const MIN_FREE_BYTES = 256 * 1024 * 1024;
/** How far ahead of our clock a definition may say that it was made, in milliseconds. */
const MAX_SKEW_MS = 3_600_000n;
/** How far above the last sequence the next one may be where it is not the time. */
const MAX_STEP = 1_000_000n;

const say = (
  item: string,
  isGood: boolean,
  detail: string,
  otherwise: 'warn' | 'fail' = 'fail',
): PreflightItem => ({
  item,
  status: isGood ? 'pass' : otherwise,
  detail,
});

/** Everything that speaks for or against taking part, before anything is signed or sent. [product, 5.4] */
export function preflight(signed: Plan, context: PreflightContext): readonly PreflightItem[] {
  const { definition } = signed;
  const { network, disk, nowMs } = context;
  const seat = seatsOf(definition).some(({ identityPk }) =>
    equalBytes(identityPk, context.identity.publicKey),
  );
  const isOwnNetwork =
    definition.network.name === network.name &&
    definition.network.l1ChainId === network.l1ChainId &&
    definition.network.l2ChainId === network.l2ChainId;
  const refused = context.peers.filter(({ state }) => state === 'refused');
  const hasSigned = signed.signatures.some(({ identityPk }) =>
    equalBytes(identityPk, context.identity.publicKey),
  );
  const { createdAtMs, acceptByMs, executeByMs } = definition.timing;
  const lastMoment = hasSigned ? executeByMs : acceptByMs;
  const higher = usedSequences(context, definition);
  return [
    say('identity in definition', seat, 'this node has a seat'),
    say('network equal', isOwnNetwork, `${definition.network.name}, L1 ${definition.network.l1ChainId}`),
    say(
      'policy hash equal',
      equalBytes(definition.policyHash, policyHash(context.policy)),
      'the policy of this node',
    ),
    say(
      'sequence newer',
      higher.length === 0,
      higher.length === 0 ? `sequence ${definition.sequence}` : `used before in ${higher.join(', ')}`,
    ),
    say('sequence leaves room', leavesRoom(signed, nowMs), `sequence ${definition.sequence}`),
    ...keyItems(definition, context),
    say('made before now', createdAtMs <= BigInt(nowMs) + MAX_SKEW_MS, 'by the clock of this node'),
    say('in time', BigInt(nowMs) < lastMoment, hasSigned ? 'to be executed' : 'to be accepted'),
    say('free space', disk.freeBytes() >= MIN_FREE_BYTES, `${Math.floor(disk.freeBytes() / 1048576)} MiB`),
    ...refused.map((peer) =>
      say(`peer ${peer.name}`, false, `refuses the link: ${peer.reason ?? 'unknown'}`, 'warn'),
    ),
  ];
}

/**
 * Stops a plan behind which there is no other: the next one has to have a higher sequence, so the last number
 * would keep the committee as it is for ever, and with it whoever proposed that.
 */
function leavesRoom({ definition: { sequence }, previous }: Plan, nowMs: number): boolean {
  const before = previous?.definition.definition.sequence ?? 0n;
  return sequence <= BigInt(nowMs) + MAX_SKEW_MS || sequence <= before + MAX_STEP;
}

/** A new key wants a node without one; an epoch change wants the epoch from which it starts, or none. */
function keyItems(
  definition: Definition,
  { lock, isFrozen, isQuarantined, identity }: PreflightContext,
): readonly PreflightItem[] {
  if (!isChange(definition))
    return [say('no key yet', lock === undefined, 'a node of this release holds one key')];
  const { key, change } = definition;
  const own = seatsOf(definition).find(({ identityPk }) => equalBytes(identityPk, identity.publicKey));
  const comesNew = own !== undefined && [...change.joining, ...change.lost].includes(own.index);
  const isActive = lock !== undefined && equalBytes(lockHash(lock), key.lockHash);
  const detail = lock === undefined ? 'no key here' : `epoch ${lock.record.epochNo} is active here`;
  return [
    say('active epoch equals definition', comesNew ? lock === undefined : isActive, detail),
    say('not committed elsewhere', !isFrozen, 'no other epoch change has been committed to'),
    say('not in quarantine', !isQuarantined, 'what this node has committed to before, it may have forgotten'),
  ];
}

/** Stops what speaks against taking part. @throws InputError preflight-failed, with every item that failed */
export function requirePassed(items: readonly PreflightItem[]): void {
  const failed = items
    .filter(({ status }) => status === 'fail')
    .map(({ item, detail }) => `${item}: ${detail}`);
  if (failed.length > 0) throw new InputError('preflight-failed', 'ceremony', failed.join('; '));
}

/** Ceremonies that this node has signed with this sequence or a higher one. */
function usedSequences(
  { disk, folders, ownFolder, identity }: PreflightContext,
  definition: Definition,
): readonly string[] {
  return disk.list(folders.ceremonies).flatMap((name) => {
    const path = `${folders.ceremonies}/${name}/definition.json`;
    const bytes = `${folders.ceremonies}/${name}` === ownFolder ? undefined : disk.read(path);
    if (bytes === undefined) return [];
    try {
      const old = readDefinition(bytes, path);
      const isSigned = old.signatures.some(({ identityPk }) => equalBytes(identityPk, identity.publicKey));
      const isOther = !equalBytes(definitionHash(old.definition), definitionHash(definition));
      return isSigned && isOther && old.definition.sequence >= definition.sequence ? [name] : [];
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      return [`${name} (damaged)`]; // what cannot be read may have been signed
    }
  });
}

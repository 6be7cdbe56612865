import { bytesToBigint, equalBytes, to0x } from '../crypto/bytes.ts';
import { addressFromBytes } from '../ethereum/address.ts';
import { keyPurposes } from '../ethereum/key-pop.ts';
import type { Slot } from './guard-record.ts';

/** What a lane is bound to, for people: the bytes themselves count. */
export type ScopeFields = Readonly<Record<string, string>>;

const ANY_KEY = new Uint8Array(32);

/**
 * What the scope of a lane says, where its layout is known: which key, chain, and sender or contract. Its
 * bytes stand in `bytes`, so that nothing is lost.
 */
export function scopeFields({ lane, scope }: Pick<Slot, 'lane' | 'scope'>, keyId: Uint8Array): ScopeFields {
  const bytes = to0x(scope);
  const key = scope.subarray(1, 33);
  const whose = equalBytes(key, keyId) ? 'own' : equalBytes(key, ANY_KEY) ? 'any' : 'other';
  const chainId = bytesToBigint(scope.subarray(33, 41)).toString();
  if (lane === 'nonce' && scope.length === 61)
    return { key: whose, chainId, sender: addressFromBytes(scope.slice(41, 61)), bytes };
  if (lane === 'batch' && scope.length === 62)
    return { key: whose, chainId, contract: addressFromBytes(scope.slice(41, 61)), bytes };
  if (lane === 'key-update' && scope.length === 62) {
    const purpose = keyPurposes[scope[61] ?? keyPurposes.length] ?? 'unknown';
    return { key: whose, chainId, contract: addressFromBytes(scope.slice(41, 61)), purpose, bytes };
  }
  if (lane === 'test' && scope.length === 37)
    return { key: whose, epoch: bytesToBigint(scope.subarray(33, 37)).toString(), bytes };
  return { bytes };
}

/** The same in one line. */
export function scopeText(lane: Pick<Slot, 'lane' | 'scope'>, keyId: Uint8Array): string {
  const { key, chainId, sender, contract, purpose, epoch, bytes } = scopeFields(lane, keyId);
  if (key === undefined) return bytes ?? '';
  const account = `chain ${chainId ?? ''} ${sender ?? contract ?? ''}`;
  const whole = purpose === undefined ? account : `${account} ${purpose}`;
  const place = epoch === undefined ? whole : `epoch ${epoch}`;
  return key === 'own' ? place : `${place} (${key} key)`;
}

import type { Expectations } from '../../src/audit/expectations.ts';
import { fromHex } from '../../src/crypto/bytes.ts';
import { InputError } from '../../src/crypto/errors.ts';
import { parseAddress } from '../../src/ethereum/address.ts';
import type { FieldProblem, TypedExpectations } from '../shared/messages.ts';

/** What was typed, as the audit compares it; or which fields are not what they should be. */
export type ReadExpectations =
  | { readonly expectations: Expectations; readonly problems?: undefined }
  | { readonly problems: readonly FieldProblem[] };

const HASH = '0x and 64 hex digits';

/** Reads what was typed. A field that is wrong is never passed over: nothing would be compared. */
export function readExpectations(typed: TypedExpectations): ReadExpectations {
  const problems: FieldProblem[] = [];
  const hash = (field: 'committee' | 'lock'): Uint8Array | undefined => {
    const text = typed[field].trim();
    if (text === '') return undefined;
    const bytes = /^0x/.test(text) ? fromHex(text) : undefined;
    if (bytes?.length === 32) return bytes;
    problems.push({ field, message: `A ${field} is ${HASH}.` });
    return undefined;
  };
  const expectations: Expectations = {
    address: addressIn(typed.address.trim(), problems),
    committee: hash('committee'),
    required: requiredIn(typed.required.trim(), problems),
    lock: hash('lock'),
  };
  return problems.length > 0 ? { problems } : { expectations };
}

function addressIn(text: string, problems: FieldProblem[]): Expectations['address'] {
  if (text === '') return undefined;
  try {
    return parseAddress(text, 'address');
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    problems.push({ field: 'address', message: `${error.message}.` });
    return undefined;
  }
}

function requiredIn(text: string, problems: FieldProblem[]): number | undefined {
  if (text === '') return undefined;
  if (/^[1-9][0-9]?$/.test(text)) return Number(text);
  problems.push({ field: 'required', message: 'A number of signers is one from 1 to 99.' });
  return undefined;
}

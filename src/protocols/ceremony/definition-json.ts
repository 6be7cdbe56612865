import { type PartyIndex, partyIndex } from '../../crypto/brand.ts';
import { equalBytes, to0x } from '../../crypto/bytes.ts';
import { InputError } from '../../crypto/errors.ts';
import {
  type JsonObject,
  decimalIn,
  hexIn,
  integerIn,
  integersIn,
  literalIn,
  objectIn,
  objectsIn,
  textIn,
  withKeys,
} from '../../crypto/json-file.ts';
import { paramsHash, suite } from '../params.ts';
import {
  type CeremonyKind,
  type Change,
  type ChangeDefinition,
  type Definition,
  type DefinitionSignature,
  type KeyRef,
  type Seat,
  type SignedDefinition,
  ceremonies,
  definitionHash,
  isAcceptance,
  roleOf,
} from './definition.ts';
import { identityText, parseIdentity } from './names.ts';
import { checkDefinition } from './rules.ts';

const HEAD = ['kind', 'version', 'name', 'ceremony', 'sequence', 'network', 'suite', 'keys'];
const MIDDLE = ['required', 'committee'];
const TAIL = ['proposer', 'timing', 'policyHash', 'definitionHash', 'signatures'];
const KEYGEN_FIELDS = [...HEAD, ...MIDDLE, ...TAIL];
const CHANGE_FIELDS = [...HEAD, 'key', ...MIDDLE, 'leavers', 'change', ...TAIL];
const KEY_FIELDS = ['keyId', 'address', 'epoch', 'lockHash', 'cluster', 'highestIndex'];
const KIND = 'conclave-definition';

/** A definition as JSON for people; integers that can grow are decimal strings. */
export function definitionJson({ definition: d, signatures }: SignedDefinition): object {
  return {
    kind: KIND,
    version: 1,
    name: d.name,
    ceremony: d.ceremony,
    sequence: d.sequence.toString(),
    network: {
      name: d.network.name,
      l1ChainId: d.network.l1ChainId.toString(),
      l2ChainId: d.network.l2ChainId.toString(),
    },
    suite: { scheme: suite.name, paramsHash: to0x(paramsHash()) },
    keys: [{ purpose: d.purpose }],
    ...(d.key && { key: keyJson(d.key) }),
    required: d.required,
    committee: d.committee.map(seatJson),
    ...(d.leavers && { leavers: d.leavers.map(seatJson) }),
    ...(d.change && { change: changeJson(d.change) }),
    proposer: d.proposer,
    timing: {
      createdAtMs: d.timing.createdAtMs.toString(),
      acceptByMs: d.timing.acceptByMs.toString(),
      executeByMs: d.timing.executeByMs.toString(),
      roundTimeoutMs: d.timing.roundTimeoutMs,
    },
    policyHash: to0x(d.policyHash),
    definitionHash: to0x(definitionHash(d)),
    signatures: signatures.map(({ identityPk, signature, signedAtMs }) => ({
      identity: identityText(identityPk),
      role: roleOf(d, identityPk) ?? 'stranger',
      signature: to0x(signature),
      signedAtMs: signedAtMs.toString(),
    })),
  };
}

const seatJson = ({ index, name, identityPk, address }: Seat): object => ({
  index,
  name,
  identity: identityText(identityPk),
  address,
});

const keyJson = (key: KeyRef): object => ({
  keyId: to0x(key.keyId),
  address: key.address,
  epoch: key.epochNo.toString(),
  lockHash: to0x(key.lockHash),
  cluster: to0x(key.cluster),
  highestIndex: key.highestIndex,
});

const changeJson = ({ remaining, joining, leaving, lost }: Change): object => ({
  remaining,
  joining,
  leaving,
  lost,
});

/**
 * The definition that a JSON object states. Every rule is checked, the hash is recomputed, and every
 * signature in it verified. @throws InputError file-damaged | suite-mismatch | definition-mismatch | bad-
 * signature, and those of `checkDefinition`
 */
export function definitionIn(file: JsonObject, path: string): SignedDefinition {
  const ceremony = kindIn(file, path);
  withKeys(file, ceremony === 'keygen' ? KEYGEN_FIELDS : CHANGE_FIELDS, path);
  literalIn(file, 'kind', KIND, path);
  literalIn(file, 'version', 1, path);
  checkSuite(objectIn(file, 'suite', ['scheme', 'paramsHash'], path), path);
  const definition = checkDefinition(fieldsOf(file, ceremony, path), path);
  if (!equalBytes(hexIn(file, 'definitionHash', path, 32), definitionHash(definition)))
    throw new InputError(
      'definition-mismatch',
      path,
      `${path}: definitionHash is not the hash of its fields`,
    );
  const signatures = objectsIn(file, 'signatures', 64, path).map((one, i) =>
    signatureIn(definition, one, `${path}: signatures[${i}]`),
  );
  return { definition, signatures };
}

function checkSuite(stated: JsonObject, path: string): void {
  if (
    textIn(stated, 'scheme', path) !== suite.name ||
    !equalBytes(hexIn(stated, 'paramsHash', path), paramsHash())
  )
    throw new InputError(
      'suite-mismatch',
      `${path}: suite`,
      `${path} asks for another suite than ${suite.name}`,
    );
}

function kindIn(file: JsonObject, path: string): CeremonyKind {
  const stated = textIn(file, 'ceremony', path);
  const kind = ceremonies.find((one) => one === stated);
  if (kind === undefined)
    throw new InputError('file-damaged', `${path}: ceremony`, `${path}: there is no ceremony ${stated}`);
  return kind;
}

function fieldsOf(file: JsonObject, ceremony: CeremonyKind, path: string): Definition {
  const network = objectIn(file, 'network', ['name', 'l1ChainId', 'l2ChainId'], path);
  const timing = objectIn(
    file,
    'timing',
    ['createdAtMs', 'acceptByMs', 'executeByMs', 'roundTimeoutMs'],
    path,
  );
  const [key, ...more] = objectsIn(file, 'keys', 8, path);
  if (key === undefined || more.length > 0)
    throw new InputError('file-damaged', `${path}: keys`, `${path}: this release makes one key a ceremony`);
  return {
    name: textIn(file, 'name', path),
    ceremony,
    sequence: decimalIn(file, 'sequence', path),
    network: {
      name: textIn(network, 'name', path),
      l1ChainId: decimalIn(network, 'l1ChainId', path),
      l2ChainId: decimalIn(network, 'l2ChainId', path),
    },
    purpose: textIn(withKeys(key, ['purpose'], `${path}: keys[0]`), 'purpose', path),
    required: integerIn(file, 'required', path),
    committee: seatsIn(file, 'committee', path),
    proposer: partyIndex(integerIn(file, 'proposer', path), `${path}: proposer`),
    timing: {
      createdAtMs: decimalIn(timing, 'createdAtMs', path),
      acceptByMs: decimalIn(timing, 'acceptByMs', path),
      executeByMs: decimalIn(timing, 'executeByMs', path),
      roundTimeoutMs: integerIn(timing, 'roundTimeoutMs', path),
    },
    policyHash: hexIn(file, 'policyHash', path, 32),
    ...(ceremony === 'keygen' ? {} : changeFieldsOf(file, path)),
  };
}

function changeFieldsOf(
  file: JsonObject,
  path: string,
): Pick<ChangeDefinition, 'key' | 'change' | 'leavers'> {
  const key = objectIn(file, 'key', KEY_FIELDS, path);
  const change = objectIn(file, 'change', ['remaining', 'joining', 'leaving', 'lost'], path);
  const listed = (name: string): readonly PartyIndex[] =>
    integersIn(change, name, 64, `${path}: change`).map((j) => partyIndex(j, `${path}: change.${name}`));
  return {
    key: {
      keyId: hexIn(key, 'keyId', path, 32),
      address: textIn(key, 'address', path),
      epochNo: epochIn(key, path),
      lockHash: hexIn(key, 'lockHash', path, 32),
      cluster: hexIn(key, 'cluster', path, 32),
      highestIndex: partyIndex(integerIn(key, 'highestIndex', path), `${path}: key.highestIndex`),
    },
    leavers: seatsIn(file, 'leavers', path),
    change: {
      remaining: listed('remaining'),
      joining: listed('joining'),
      leaving: listed('leaving'),
      lost: listed('lost'),
    },
  };
}

function epochIn(key: JsonObject, path: string): number {
  const epoch = decimalIn(key, 'epoch', path);
  if (epoch > 0xffff_ffffn)
    throw new InputError('file-damaged', `${path}: key.epoch`, `${path}: epoch ${epoch} is above 2^32 - 1`);
  return Number(epoch);
}

const seatsIn = (file: JsonObject, field: string, path: string): readonly Seat[] =>
  objectsIn(file, field, 64, path).map((seat, i) => seatIn(seat, `${path}: ${field}[${i}]`));

function seatIn(seat: JsonObject, path: string): Seat {
  withKeys(seat, ['index', 'name', 'identity', 'address'], path);
  return {
    index: partyIndex(integerIn(seat, 'index', path), `${path}: index`),
    name: textIn(seat, 'name', path),
    identityPk: parseIdentity(textIn(seat, 'identity', path), `${path}: identity`),
    address: textIn(seat, 'address', path),
  };
}

function signatureIn(definition: Definition, one: JsonObject, path: string): DefinitionSignature {
  withKeys(one, ['identity', 'role', 'signature', 'signedAtMs'], path);
  const identityPk = parseIdentity(textIn(one, 'identity', path), `${path}: identity`);
  literalIn(one, 'role', roleOf(definition, identityPk) ?? 'a role in this ceremony', path);
  const signature = {
    identityPk,
    signature: hexIn(one, 'signature', path, 64),
    signedAtMs: decimalIn(one, 'signedAtMs', path),
  };
  if (!isAcceptance(definition, signature))
    throw new InputError(
      'bad-signature',
      path,
      `${path} is no signature of this definition by somebody in it`,
    );
  return signature;
}

import { partyIndex } from '../../crypto/brand.ts';
import { equalBytes, to0x } from '../../crypto/bytes.ts';
import { InputError } from '../../crypto/errors.ts';
import {
  type JsonObject,
  decimalIn,
  hexIn,
  integerIn,
  literalIn,
  objectIn,
  objectsIn,
  readJsonFile,
  textIn,
  withKeys,
  writeJsonFile,
} from '../../crypto/json-file.ts';
import { paramsHash, suite } from '../params.ts';
import {
  type Definition,
  type DefinitionSignature,
  type Seat,
  type SignedDefinition,
  checkDefinition,
  definitionHash,
  isAcceptance,
} from './definition.ts';
import { identityText, parseIdentity } from './names.ts';

const FIELDS = [
  'kind',
  'version',
  'name',
  'ceremony',
  'sequence',
  'network',
  'suite',
  'keys',
  'required',
].concat(['committee', 'proposer', 'timing', 'policyHash', 'definitionHash', 'signatures']);
const KIND = 'conclave-definition';

/** The file of a definition, as JSON for people; integers that can grow are decimal strings. */
export const writeDefinition = (signed: SignedDefinition): Uint8Array =>
  writeJsonFile(definitionJson(signed));

/** The same as a plain object, for locks. */
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
    required: d.required,
    committee: d.committee.map(({ index, name, identityPk, address }) => ({
      index,
      name,
      identity: identityText(identityPk),
      address,
    })),
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
      role: 'member',
      signature: to0x(signature),
      signedAtMs: signedAtMs.toString(),
    })),
  };
}

/**
 * Reads a definition file. Every rule is checked, the hash is recomputed, and every signature in it verified.
 * @throws InputError file-truncated | file-damaged | suite-mismatch | definition-mismatch | bad-signature,
 * and those of `checkDefinition`
 */
export const readDefinition = (bytes: Uint8Array, path: string): SignedDefinition =>
  definitionIn(readJsonFile(bytes, path), path);

/** The definition that a JSON object states. @throws as `readDefinition` */
export function definitionIn(file: JsonObject, path: string): SignedDefinition {
  withKeys(file, FIELDS, path);
  literalIn(file, 'kind', KIND, path);
  literalIn(file, 'version', 1, path);
  literalIn(file, 'ceremony', 'keygen', path);
  checkSuite(objectIn(file, 'suite', ['scheme', 'paramsHash'], path), path);
  const definition = checkDefinition(fieldsOf(file, path), path);
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

function fieldsOf(file: JsonObject, path: string): Definition {
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
    ceremony: 'keygen',
    sequence: decimalIn(file, 'sequence', path),
    network: {
      name: textIn(network, 'name', path),
      l1ChainId: decimalIn(network, 'l1ChainId', path),
      l2ChainId: decimalIn(network, 'l2ChainId', path),
    },
    purpose: textIn(withKeys(key, ['purpose'], `${path}: keys[0]`), 'purpose', path),
    required: integerIn(file, 'required', path),
    committee: objectsIn(file, 'committee', 64, path).map((seat, i) =>
      seatIn(seat, `${path}: committee[${i}]`),
    ),
    proposer: partyIndex(integerIn(file, 'proposer', path), `${path}: proposer`),
    timing: {
      createdAtMs: decimalIn(timing, 'createdAtMs', path),
      acceptByMs: decimalIn(timing, 'acceptByMs', path),
      executeByMs: decimalIn(timing, 'executeByMs', path),
      roundTimeoutMs: integerIn(timing, 'roundTimeoutMs', path),
    },
    policyHash: hexIn(file, 'policyHash', path, 32),
  };
}

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
  literalIn(one, 'role', 'member', path);
  const signature = {
    identityPk: parseIdentity(textIn(one, 'identity', path), `${path}: identity`),
    signature: hexIn(one, 'signature', path, 64),
    signedAtMs: decimalIn(one, 'signedAtMs', path),
  };
  if (!isAcceptance(definition, signature))
    throw new InputError('bad-signature', path, `${path} is not a member's signature of this definition`);
  return signature;
}

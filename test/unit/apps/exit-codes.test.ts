import { describe, expect, it } from 'vitest';

import { partyIndex } from '../../../src/crypto/brand.ts';
import { Bug, InputError, OperationError } from '../../../src/crypto/errors.ts';
import { reasonOf, reasonTables } from '../../../src/apps/all-reasons.ts';
import { exitOf, exitOfCode, exitTable, exits } from '../../../src/apps/exit-codes.ts';
import { ProtocolAbort } from '../../../src/protocols/kernel/protocol.ts';
import { allReasons } from '../../../scripts/reasons.ts';

const listed = Object.values(exitTable).flatMap((codes) => [...codes]);

describe('exit codes', () => {
  it('are those that the documents list, from 0 to 11', () => {
    expect(Object.values(exits).sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  });

  it('name each failure code once', () => {
    expect(new Set(listed).size).toBe(listed.length);
  });

  it('know every table of reasons in the sources', async () => {
    const codes = (await allReasons()).flatMap(({ reasons }) => Object.keys(reasons));
    expect(codes.filter((code) => reasonOf(code) === undefined)).toEqual([]);
    expect(new Set(reasonTables).size).toBe(reasonTables.length);
  });

  it.each([
    [new InputError('usage', '--x', 'no such flag'), exits.usage],
    [new InputError('config-invalid', 'p2p', 'missing'), exits.config],
    [new InputError('policy-invalid', 'rules', 'open bound'), exits.config],
    [new InputError('wrong-password', 'master.json', 'no'), exits.denied],
    [new InputError('wrong-target', 'to', 'no'), exits.denied],
    [new InputError('guard-conflict', 'slot', 'no'), exits.guard],
    [new OperationError('quorum-unavailable', 'retry', 'two are down'), exits.unavailable],
    [new OperationError('l1-unreachable', 'retry', 'down'), exits.unavailable],
    [new InputError('definition-mismatch', 'definition.json', 'changed'), exits.verification],
    [new OperationError('would-overwrite', 'fatal', 'there'), exits.overwrite],
    [new InputError('folder-not-empty', '/x', 'there'), exits.overwrite],
    [new OperationError('lease-held', 'fatal', 'taken'), exits.inUse],
    [new OperationError('port-in-use', 'fatal', 'taken'), exits.inUse],
    [new InputError('safety-state-missing', 'guard', 'gone'), exits.safety],
    [new OperationError('engine-damaged', 'fatal', 'cut'), exits.verification],
    [new OperationError('driver-damaged', 'fatal', 'cut'), exits.verification],
    [new OperationError('engine-busy', 'retry', 'taken'), exits.inUse],
    [new OperationError('engine-write-failed', 'fatal', 'full'), exits.unavailable],
    [new OperationError('already-released', 'fatal', 'twice'), exits.overwrite],
    [new ProtocolAbort('bad-opening', [partyIndex(3)], { grade: 'A', check: 'K1' }), exits.peer],
    [new Bug('impossible'), exits.bug],
    [new TypeError('impossible'), exits.bug],
    ['a string', exits.bug],
  ])('%s ends with the documented code', (error, exit) => {
    expect(exitOf(error)).toBe(exit);
  });

  it('follow from who can mend a code that is not listed', () => {
    const peer = reasonTables
      .flatMap((table) => Object.entries(table))
      .find(([, { class: kind }]) => kind === 'peer');
    expect(peer).toBeDefined();
    expect(exitOfCode('nobody-declared-this', exits.usage)).toBe(exits.usage);
    expect(exitOf(new InputError('nobody-declared-this', '', 'x'))).toBe(exits.usage);
    expect(exitOf(new OperationError('nobody-declared-this', 'retry', 'x'))).toBe(exits.unavailable);
    expect(exitOf(new OperationError('nobody-declared-this', 'fatal', 'x'))).toBe(exits.bug);
    expect(exitOfCode('bad-opening', exits.usage)).toBe(exits.peer);
  });
});

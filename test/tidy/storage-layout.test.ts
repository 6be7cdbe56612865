import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { beforeAll, describe, expect, it } from 'vitest';

import { type StorageLayouts, type StoredType, lostIn } from '../../scripts/lib/storage-layout.ts';
import { layoutsOf } from '../../scripts/lib/storage-source.ts';
import { root } from './sources.ts';

/** Each of them compiles; a slow machine is not a fault. */
const MINUTES = 240_000;
const committed = JSON.parse(
  readFileSync(join(root, 'contracts/storage-layout.json'), 'utf8'),
) as StorageLayouts;

/** The repository's own text with one place of it changed. */
function changed(path: string, from: string, to: string): Record<string, string> {
  const text = readFileSync(join(root, path), 'utf8');
  expect(text, path).toContain(from);
  return { [path]: text.replace(from, to) };
}

const outputs = 'contracts/src/l1/Outputs.sol';
const groupKeys = 'contracts/src/l1/registry/GroupKeys.sol';
const governor = 'contracts/src/governance/Governor.sol';
const memberSets = 'contracts/src/l1/registry/MemberSets.sol';

describe('storage of upgradeable contracts', () => {
  let now: StorageLayouts = { contracts: {}, types: {} };
  beforeAll(() => (now = layoutsOf(root)), MINUTES);

  it('is where contracts/storage-layout.json says, and all of it is written there', () => {
    expect(lostIn(committed, now)).toEqual([]);
    expect(now).toEqual(committed);
  });

  it('covers every contract behind a proxy or in genesis, and structs at slots of their own', () => {
    const names = Object.keys(now.contracts).map((name) => name.split(':')[1]);
    expect(names).toEqual([
      ...['AllocationRegistry', 'Governor', 'GrantsBudget', 'ParamRegistry', 'BatchInbox', 'Bridge'],
      ...['DisputeGame', 'ForcedInbox', 'KeyRegistry', 'LockingInfo', 'LockingPool', 'Outputs'],
      ...['RewardVault', 'Slasher', 'FeeVault', 'L2TokenBridge', 'MessagePasser', 'Messenger'],
      ...['SequencerSet', 'WMETIS'],
    ]);
    expect(
      Object.keys(now.contracts['contracts/src/l1/KeyRegistry.sol:KeyRegistry']?.namespaces ?? {}),
    ).toEqual(
      expect.arrayContaining(
        ['Timelocked', 'MemberSets', 'GroupKeys', 'DataCommittee'].map((name) => `conclave.storage.${name}`),
      ),
    );
  });

  it(
    'may grow at its end',
    () => {
      const later = layoutsOf(root, {
        ...changed(
          outputs,
          'uint64 public longestWindow;',
          'uint64 public longestWindow;\nuint256 private _more;',
        ),
        ...changed(groupKeys, 'cancelled;\n    }', 'cancelled;\n        uint64 more;\n    }'),
        ...changed(memberSets, 'Member[] members;\n    }', 'Member[] members;\n        uint256 more;\n    }'),
      });
      expect(later).not.toEqual(now);
      expect(lostIn(now, later)).toEqual([]);
    },
    MINUTES,
  );

  it(
    'does not move, change its type, or grow where others lie behind it',
    () => {
      const later = layoutsOf(root, {
        ...changed(outputs, 'uint64 public l2ChainId;', 'uint64 private _before;\nuint64 public l2ChainId;'),
        ...changed(groupKeys, '=> uint256) cancelled;', '=> uint128) cancelled;'),
        ...changed(governor, 'uint256 minVote;\n    }', 'uint256 minVote;\n        uint256 more;\n    }'),
      });
      const lost = lostIn(now, later).join('\n');
      expect(lost).toContain('Outputs.sol:Outputs: "0+0 l2ChainId: uint64" is now "0+0 _before: uint64"');
      expect(lost).toContain(
        '"4+0 cancelled: mapping(uint8 => uint256)" is now "4+0 cancelled: mapping(uint8 => uint128)"',
      );
      expect(lost).toContain('struct Governor.Settings had 160 bytes and has 192, with others behind it');
    },
    MINUTES,
  );

  it(
    'has its namespaces where the code has them',
    () => {
      const other = changed(groupKeys, 'keccak256("conclave.storage.GroupKeys")', 'keccak256("elsewhere")');
      expect(() => layoutsOf(root, other, ['contracts/src/l1/registry'])).toThrow(
        'does not hash "conclave.storage.GroupKeys"',
      );
    },
    MINUTES,
  );
});

describe('a later layout', () => {
  const layouts = (slots: readonly string[], types: Record<string, StoredType> = {}): StorageLayouts => ({
    contracts: { 'A.sol:A': { slots, namespaces: { one: ['0+0 x: uint8'] } } },
    types,
  });
  const type = (bytes: number, isInPlace: boolean, ...lines: readonly string[]): StoredType => ({
    ...{ bytes, isInPlace, lines },
  });

  it('without a contract, a variable, a namespace or a type has lost it', () => {
    const earlier = layouts(['0+0 x: bool'], { 'struct A.B': type(32, false, '0+0 x: bool') });
    expect(lostIn(earlier, { contracts: {}, types: earlier.types })).toEqual(['A.sol:A is gone']);
    expect(lostIn(earlier, layouts(['0+0 x: bool']))).toEqual(['struct A.B is gone']);
    expect(lostIn(layouts(['0+0 x: bool']), layouts([]))).toEqual(['A.sol:A: "0+0 x: bool" is now gone']);
    const none = { contracts: { 'A.sol:A': { slots: [], namespaces: {} } }, types: {} };
    expect(lostIn(layouts([]), none)).toEqual(['A.sol:A at one: "0+0 x: uint8" is now gone']);
  });

  it('may have more names in an enum, behind the others', () => {
    const earlier = layouts([], { 'enum A.E': type(1, true, 'One', 'Two') });
    expect(lostIn(earlier, layouts([], { 'enum A.E': type(1, true, 'One', 'Two', 'Three') }))).toEqual([]);
    expect(lostIn(earlier, layouts([], { 'enum A.E': type(1, true, 'Two', 'One') }))).toHaveLength(2);
  });

  it('may fill what a struct had left, but not make it longer where it lies in place', () => {
    const earlier = layouts([], { 'struct A.B': type(32, true, '0+0 x: uint8') });
    const fuller = type(32, true, '0+0 x: uint8', '0+1 y: uint8');
    const longer = type(64, true, '0+0 x: uint8', '1+0 y: uint256');
    expect(lostIn(earlier, layouts([], { 'struct A.B': fuller }))).toEqual([]);
    expect(lostIn(earlier, layouts([], { 'struct A.B': longer }))).toHaveLength(1);
    expect(lostIn(earlier, layouts([], { 'struct A.B': { ...longer, isInPlace: false } }))).toHaveLength(1);
  });
});

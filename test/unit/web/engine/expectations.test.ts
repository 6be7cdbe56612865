import { describe, expect, it } from 'vitest';

import { readExpectations } from '../../../../web/engine/expectations.ts';

const nothing = { address: '', committee: '', required: '', lock: '' };
const hash = `0x${'ab'.repeat(32)}`;

describe('what somebody types', () => {
  it('is nothing where nothing is typed', () => {
    expect(readExpectations({ ...nothing, lock: '  ' })).toEqual({
      expectations: { address: undefined, committee: undefined, required: undefined, lock: undefined },
    });
  });

  it('is read, with blanks around it', () => {
    const address = `0x${'12'.repeat(20)}`;
    expect(readExpectations({ address: ` ${address} `, committee: hash, required: '3', lock: hash })).toEqual(
      {
        expectations: {
          address,
          committee: new Uint8Array(32).fill(0xab),
          required: 3,
          lock: new Uint8Array(32).fill(0xab),
        },
      },
    );
  });

  it('is refused field by field, and never passed over', () => {
    const wrong = { address: '0x12', committee: hash.slice(2), required: '0', lock: `${hash}ab` };
    const read = readExpectations(wrong);
    expect(read.problems?.map(({ field }) => field).sort()).toEqual([...Object.keys(wrong)].sort());
  });
});

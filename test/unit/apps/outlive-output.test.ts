import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';

import { outliveOutput } from '../../../src/apps/outlive-output.ts';

const fault = (code: string): Error => Object.assign(new Error(code), { code });

describe('a process whose words nobody takes', () => {
  it('goes on, and tells of a result that was lost', () => {
    const [out, err] = [new EventEmitter(), new EventEmitter()];
    const lost: string[] = [];
    outliveOutput(out, err, (code) => void lost.push(code));
    err.emit('error', fault('EPIPE'));
    err.emit('error', fault('ENOSPC'));
    out.emit('error', fault('EPIPE'));
    expect(lost).toEqual([]);
    out.emit('error', fault('ENOSPC'));
    expect(lost).toEqual(['ENOSPC']);
  });
});

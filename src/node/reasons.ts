import type { ReasonTable } from '../crypto/errors.ts';

/** Why a part of the node that holds state refuses. */
export const reasons = {
  'safety-state-damaged': {
    means: 'A file that protects the share has a record that cannot have been written like that.',
    action: 'Do not edit it. Restore it from an export, or start the recovery that the manual describes.',
    class: 'operator',
  },
} as const satisfies ReasonTable;

import type { ReasonTable } from '../crypto/errors.ts';

/** What is wrong with what a user hands to a command. */
export const reasons = {
  'file-unreadable': {
    means: 'A file that a command names cannot be read.',
    action: 'Check the path and who may read it.',
    class: 'client',
  },
} as const satisfies ReasonTable;

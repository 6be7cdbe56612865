/** Why an audit says nothing at all. What it finds wrong is in its report, not here. */
export const reasons = {
  'nothing-to-audit': {
    means: 'A folder holds neither the files of a ceremony nor those of a signature.',
    action: 'Name the folder with definition.json, or with sign.jsonl, or one above them.',
    class: 'operator',
  },
  'receipt-mismatch': {
    means: 'A receipt is asked for by a node that took no part in the ceremony.',
    action: 'Ask a member of the committee for its receipt.',
    class: 'client',
  },
} as const;

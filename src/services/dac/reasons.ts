/** Why a member of the committee does not keep a payload. */
export const reasons = {
  'dac-payload': {
    means: 'What a member of the committee is asked to keep is no batch for a committee, or is too long.',
    action: 'Send the whole payload of a batch whose place is the committee.',
    class: 'client',
  },
  'dac-expiry': {
    means: 'A member is asked to keep a payload until a time that has passed, or for longer than it may.',
    action: 'Compare the clocks of sequencer and member; ask for at most 31 days.',
    class: 'client',
  },
  'dac-full': {
    means: 'The disk of a member of the committee is nearly full, so it promises to keep nothing more.',
    action: 'Make room on that machine; batches go to L1 meanwhile.',
    class: 'operator',
  },
} as const;

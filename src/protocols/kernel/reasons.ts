/** Why a session ends without a result, whatever its protocol. */
export const reasons = {
  equivocation: {
    means: 'A party signed two messages of a session that contradict each other.',
    action: 'Keep the evidence, exclude the named party, and start again without it.',
    class: 'peer',
  },
  'view-mismatch': {
    means: 'The parties hold different broadcasts of a round, and nobody is proven to have sent two.',
    action: 'Start again, without the named party if there is one; where it recurs, change the quorum.',
    class: 'peer',
  },
  'peer-aborted': {
    means: 'A party ended the session and showed nothing that proves a fault.',
    action: 'Look at the log of that node for the reason, and start again.',
    class: 'peer',
  },
} as const;

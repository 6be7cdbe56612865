/** What stands against taking a member back. */
export const reasons = {
  'not-excluded': {
    means: 'The member is in the quorums of this node already.',
    action: 'Look at "conclave node status": it lists who is excluded, and why.',
    class: 'operator',
  },
} as const;

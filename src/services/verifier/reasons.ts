/** Why a verifier does not answer a question. */
export const reasons = {
  'verifier-busy': {
    means: 'The verifier is at one question, and as many as may wait do.',
    action: 'None where it passes: the question is asked again. Let only signers reach the verifier.',
    class: 'operator',
  },
} as const;

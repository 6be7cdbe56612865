/**
 * What no audit of files can show, in the words of every report. Who reads that all checks hold must read
 * this with it. [product, 5.9]
 */
export const unproven: readonly string[] = [
  'that the operators of the nodes are independent of each other',
  'that old shares were erased, and that nobody kept a copy of a share or of a backup',
  'that the randomness of a node was good',
  'which member sent which valid part of a signature',
  'that enough members acting together have not signed outside of their logs: only L1 shows that, and only ' +
    'what was sent to it',
  'that the machine and the program that made this report are honest: let another one repeat it',
];

/** The part of a stream of the process by which it says that nothing more can be written to it. */
export interface LossySink {
  readonly on: (event: 'error', hear: (cause: NodeJS.ErrnoException) => void) => unknown;
}

/**
 * Keeps a process alive whose words nobody takes: a log that is piped into `head`, or into a file on a volume
 * that is full, is no reason to stop building blocks. A result that could not be written is told to `lost`;
 * that its reader has left early is its own choice.
 */
export function outliveOutput(out: LossySink, err: LossySink, lost: (code: string) => void): void {
  err.on('error', () => undefined);
  out.on('error', ({ code = 'unknown' }) => {
    if (code !== 'EPIPE') lost(code);
  });
}

/** Lets everything else that waits on this thread have its turn. */
export const breathe = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

/** Most files that the page takes at once: some fifty thousand signatures. */
const MAX_FILES = 200_000;
/** From so many files on, an audit in a browser takes a minute or more. */
const MANY_FILES = 4_000;

const COMMAND = 'conclave audit verify <folder>';

/** Why so many files are not taken; `undefined` where they are. */
export const refusalOf = (files: number): string | undefined =>
  files > MAX_FILES ? `More than ${MAX_FILES} files are too many for a browser. Type: ${COMMAND}` : undefined;

/** What is said while many files are audited; `undefined` where it is over soon. */
export const warningOf = (files: number): string | undefined =>
  files > MANY_FILES
    ? `${files} files take some minutes in a browser, and can be stopped. Faster, on your machine: ${COMMAND}`
    : undefined;

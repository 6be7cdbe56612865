/** Where the wrapped master key lies, below the folder of keys. */
export const MASTER_FILE = 'master.json';

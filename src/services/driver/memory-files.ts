import type { DriverDeps } from './service.ts';

/** Files of a driver that nobody goes on from. */
export function memoryFiles(): DriverDeps['disk'] {
  const files = new Map<string, Uint8Array>();
  return {
    read: (path) => files.get(path),
    replace: (path, bytes) => void files.set(path, bytes),
    remove: (path) => void files.delete(path),
    list: (folder) =>
      [...files.keys()]
        .filter((path) => path.startsWith(`${folder}/`))
        .map((path) => path.slice(folder.length + 1))
        .sort(),
  };
}

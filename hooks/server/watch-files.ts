import { statSync } from 'node:fs';

/**
 * Calls `changed` when one of the files is another than before. Kubernetes swaps a mounted Secret by a symlink, which
 * file events miss: their times are looked at instead. Returns what ends it.
 */
export function watchFiles(files: readonly string[], changed: () => void, everyMilliseconds = 5000): () => void {
  let last = stamp(files);
  const timer = setInterval(() => {
    const now = stamp(files);
    if (now === last) return;
    last = now;
    changed();
  }, everyMilliseconds);
  timer.unref();
  return () => clearInterval(timer);
}

function stamp(files: readonly string[]): string {
  return files
    .map((file) => {
      try {
        const { mtimeMs, ino, size } = statSync(file);
        return `${mtimeMs}/${ino}/${size}`;
      } catch {
        return 'absent';
      }
    })
    .join(' ');
}

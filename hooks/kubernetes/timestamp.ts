/** As Kubernetes writes it: without fractions of a second. */
export function timestamp(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/, 'Z');
}

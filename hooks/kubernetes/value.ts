import type { Sealed } from './sealed.ts';

/** What a `$(name)` stands for. `text` is there only where the value is no secret. */
export interface Value {
  name: string;
  /** Used by its path, not by its content. */
  file: boolean;
  content: Sealed;
  text?: string;
  /** Stands for a value that is not known yet: nothing can be said about it. */
  standIn?: true;
}

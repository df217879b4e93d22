const seal = '[sealed]';

/**
 * A secret value, wrapped from the moment of reading: printing, logging or serialising it shows `[sealed]`.
 * Only what writes Secret children, and checks that answer yes or no, may `open` it.
 */
export class Sealed {
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  static fromText(text: string): Sealed {
    return new Sealed(Buffer.from(text, 'utf8'));
  }

  open(): Buffer {
    return this.#bytes;
  }

  toString(): string {
    return seal;
  }

  toJSON(): string {
    return seal;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return seal;
  }
}

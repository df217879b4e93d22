/** A pattern while it is read from left to right. */
export class PatternText {
  readonly whole: string;
  at = 0;

  constructor(whole: string) {
    this.whole = whole;
  }

  get ended(): boolean {
    return this.at >= this.whole.length;
  }

  /** The character here, or one further on; empty behind the end. */
  peek(offset = 0): string {
    return this.whole[this.at + offset] ?? '';
  }

  code(): number {
    return this.whole.codePointAt(this.at) ?? 0;
  }

  /** Goes on by one character. */
  step(): void {
    this.at += this.code() > 0xffff ? 2 : 1;
  }

  /** Takes a text if it is here. */
  takes(text: string): boolean {
    if (!this.whole.startsWith(text, this.at)) return false;
    this.at += text.length;
    return true;
  }

  /** Takes what matches here. @param pattern a sticky one */
  take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.whole);
    if (found === null) return undefined;
    this.at += found[0].length;
    return found;
  }
}

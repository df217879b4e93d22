/**
 * Reads tables of an SQLite file, so far as Fluent Bit writes them: a few small rows, in a file with a write-ahead log.
 * Node has a reader of its own from version 22 on only. Written after https://www.sqlite.org/fileformat2.html, whose
 * section each part names. Everything throws where the file is not as it should be.
 */
export class SqliteFile {
  readonly #file: Buffer;
  readonly #pageSize: number;
  readonly #usable: number;
  /** Pages that the log has a newer version of. */
  readonly #newer: ReadonlyMap<number, Buffer>;

  /** @param log the file that ends with `-wal`, where there is one */
  constructor(file: Buffer, log?: Buffer) {
    if (file.toString('latin1', 0, 16) !== 'SQLite format 3\0') throw new Error('it is not an SQLite file');
    const size = file.readUInt16BE(16);
    this.#file = file;
    // 1.3.2 and 1.3.4.
    this.#pageSize = size === 1 ? 65_536 : size;
    this.#usable = this.#pageSize - file.readUInt8(20);
    if (this.#pageSize < 512 || this.#usable < 480) throw new Error('its pages have no possible size');
    this.#newer = log === undefined ? new Map() : committed(log, this.#pageSize);
  }

  /** Rows of a table, each as its columns; of a table that is not there none. Texts and blobs are bytes. */
  rows(table: string): Value[][] {
    // 2.6: type, name, name of the table, number of its first page, SQL.
    const [root] = this.#rowsFrom(1)
      .filter(([type, name]) => String(type) === 'table' && String(name) === table)
      .map((columns) => columns[3]);
    return root === undefined ? [] : this.#rowsFrom(Number(root));
  }

  /** 1.6: of a page of a tree and those below it. */
  #rowsFrom(root: number): Value[][] {
    const rows: Value[][] = [];
    const seen = new Set<number>();
    const left = [root];
    for (let number = left.pop(); number !== undefined; number = left.pop()) {
      if (seen.has(number)) throw new Error('its pages go around in a circle');
      seen.add(number);
      const page = this.#page(number);
      const header = number === 1 ? 100 : 0;
      const kind = page.readUInt8(header);
      const isLeaf = kind === 0x0d;
      if (!isLeaf && kind !== 0x05) throw new Error(`page ${number} is not of a table`);
      const cells = page.readUInt16BE(header + 3);
      for (let index = 0; index < cells; index++) {
        const at = page.readUInt16BE(header + (isLeaf ? 8 : 12) + 2 * index);
        if (isLeaf) rows.push(this.#row(page, at));
        else left.push(page.readUInt32BE(at));
      }
      if (!isLeaf) left.push(page.readUInt32BE(header + 8));
    }
    return rows;
  }

  #page(number: number): Buffer {
    const newer = this.#newer.get(number);
    if (newer !== undefined) return newer;
    const page = this.#file.subarray((number - 1) * this.#pageSize, number * this.#pageSize);
    if (page.length < this.#pageSize) throw new Error(`it has no page ${number}`);
    return page;
  }

  /** A cell of a leaf: its length, the number of the row, and the record. */
  #row(page: Buffer, start: number): Value[] {
    const length = varint(page, start);
    const row = varint(page, length.end);
    if (length.value > this.#usable - 35) throw new Error('it has a row that is larger than a page');
    return record(page.subarray(row.end, row.end + Number(length.value)));
  }
}

type Value = bigint | Buffer | null;

/** 2.1: the types of all columns, then what they hold. */
function record(bytes: Buffer): Value[] {
  const header = varint(bytes, 0);
  const values: Value[] = [];
  let at = Number(header.value);
  for (let position = header.end; position < header.value; ) {
    const type = varint(bytes, position);
    position = type.end;
    const kind = Number(type.value);
    const size = kind >= 12 ? Math.floor((kind - 12) / 2) : (sizes[kind] ?? 0);
    if (at + size > bytes.length) throw new Error('it has a row that is cut off');
    values.push(value(bytes.subarray(at, at + size), kind));
    at += size;
  }
  return values;
}

/** Of integers and floating-point numbers, by their type. */
const sizes = [0, 1, 2, 3, 4, 6, 8, 8, 0, 0];

function value(bytes: Buffer, kind: number): Value {
  if (kind === 8 || kind === 9) return BigInt(kind - 8);
  if (kind === 0) return null;
  if (kind >= 7) return bytes;
  return BigInt.asIntN(bytes.length * 8, BigInt(`0x${bytes.toString('hex')}`));
}

/** 1.6: seven bits a byte, the eighth says that another follows; the ninth byte has eight. */
function varint(bytes: Buffer, start: number): { value: bigint; end: number } {
  let value = 0n;
  for (let index = 0; index < 9; index++) {
    const byte = bytes.readUInt8(start + index);
    if (index === 8) return { value: (value << 8n) | BigInt(byte), end: start + 9 };
    value = (value << 7n) | BigInt(byte & 0x7f);
    if (byte < 0x80) return { value, end: start + index + 1 };
  }
  throw new Error('it has a number without an end');
}

const logHeader = 32;
const frameHeader = 24;

/** 4.1: the last version of each page, as far as what was begun was finished. */
function committed(log: Buffer, pageSize: number): Map<number, Buffer> {
  const pages = new Map<number, Buffer>();
  if (log.length < logHeader || log.readUInt32BE(8) !== pageSize) return pages;
  const salts = log.subarray(16, 24);
  const open = new Map<number, Buffer>();
  for (let at = logHeader; at + frameHeader + pageSize <= log.length; at += frameHeader + pageSize) {
    // What is behind is of an earlier round.
    if (!log.subarray(at + 8, at + 16).equals(salts)) break;
    const data = at + frameHeader;
    open.set(log.readUInt32BE(at), log.subarray(data, data + pageSize));
    if (log.readUInt32BE(at + 4) === 0) continue;
    for (const [number, page] of open) pages.set(number, page);
    open.clear();
  }
  return pages;
}
